"""What every storage keeps its word on about material that lies at the model's server."""

from bot.core.materials import Draft, Passage
from bot.core.ports.loans import Lent, Loan
from bot.core.ports.storage import Storage

HERE, THERE, NOW = "slack:T1:C1", "slack:T1:C2", 1000.0
TEXT = Passage(text="Late essays lose ten points.", place="page 3")


async def added(storage: Storage, scope: str = HERE, name: str = "a.pdf") -> int:
    draft = Draft(scope=scope, name=name, digest=name)
    await storage.materials.add(draft, [TEXT], NOW)
    document = await storage.materials.find(scope, name)
    assert document
    return document.id


async def lend(storage: Storage, document: int, scope: str = HERE, file: str = "file-1") -> None:
    assert await storage.loans.intend(document, scope, NOW)
    await storage.loans.settle(document, Lent.UPLOADED, file)
    await storage.loans.settle(document, Lent.READY)
    await storage.loans.keep_store(scope, f"vs-{scope}")


async def test_what_one_uploads_no_other_does_until_it_gives_up(storage: Storage) -> None:
    loans = storage.loans
    assert await loans.intend(1, HERE, NOW)
    assert not await loans.intend(1, HERE, NOW + 10)
    assert await loans.intend(1, HERE, NOW + 700)
    await loans.release(1)
    assert await loans.intend(1, HERE, NOW + 701)
    await loans.settle(1, Lent.UPLOADED, "file-1")
    assert not await loans.intend(1, HERE, NOW + 9999)
    assert await loans.all() == [
        Loan(document_id=1, scope=HERE, file="file-1", state=Lent.UPLOADED)
    ]
    await loans.drop(1)
    assert await loans.all() == []


async def test_a_scope_has_one_store(storage: Storage) -> None:
    assert await storage.loans.keep_store(HERE, "vs-1")
    assert not await storage.loans.keep_store(HERE, "vs-2")
    assert await storage.loans.stores() == {HERE: "vs-1"}


async def test_a_store_is_used_while_it_holds_all_there_is_and_nothing_else(
    storage: Storage,
) -> None:
    loans, document = storage.loans, await added(storage)
    assert await loans.reachable([HERE]) == []
    await lend(storage, document)
    assert await loans.reachable([HERE, THERE]) == [f"vs-{HERE}"]
    assert await loans.reachable([THERE]) == []
    assert await loans.reachable([]) == []
    second = await added(storage, name="b.pdf")
    assert await loans.reachable([HERE]) == []
    await lend(storage, second, file="file-2")
    assert await loans.reachable([HERE]) == [f"vs-{HERE}"]
    await storage.materials.remove(HERE, "b.pdf")
    assert await loans.reachable([HERE]) == []
    await loans.drop(second)
    assert await loans.reachable([HERE]) == [f"vs-{HERE}"]


async def test_a_doubted_store_is_not_used_until_it_is_trusted(storage: Storage) -> None:
    await lend(storage, await added(storage))
    await storage.loans.doubt()
    assert await storage.loans.doubted() == [HERE]
    assert await storage.loans.reachable([HERE]) == []
    await storage.loans.trust(HERE)
    assert await storage.loans.reachable([HERE]) == [f"vs-{HERE}"]
    await storage.loans.drop_store(HERE)
    assert await storage.loans.all() == []
    assert await storage.loans.stores() == {}


async def test_a_file_is_known_where_its_document_is_found_alone(storage: Storage) -> None:
    await lend(storage, await added(storage))
    [source] = await storage.loans.passages("file-1", [HERE])
    assert (source.name, source.passage) == ("a.pdf", TEXT)
    assert not await storage.loans.passages("file-1", [THERE])
    assert not await storage.loans.passages("file-1", [])
    assert not await storage.loans.passages("file-2", [HERE])
    await storage.materials.remove(HERE, "a.pdf")
    assert not await storage.loans.passages("file-1", [HERE])
