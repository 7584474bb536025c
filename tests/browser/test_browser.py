"""What people do on the page, and what they see of it."""

from collections.abc import Callable
from secrets import token_hex
from urllib.parse import quote

import pytest
from playwright import sync_api
from playwright.sync_api import FilePayload

from tests.browser.conftest import TOKEN, House, Visits

HOSTILE = '<img src=x onerror=alert(1)><script>document.title="owned"</script>\u202e](javascript:0)'
PAGES = ["/", "/talk", "/conversations", "/class", "/usage", "/health", "/settings"]


def place() -> str:
    return f"/talk/{token_hex(6)}"


def ask(page: sync_api.Page, words: str) -> None:
    page.get_by_label("Your question").fill(words)
    page.get_by_role("button", name="Ask").click()


def last(page: sync_api.Page) -> sync_api.Locator:
    return page.locator("article").last


def answered(page: sync_api.Page, words: str) -> None:
    """Regenerate stands below an answer that is whole."""
    last(page).get_by_role("button", name="Regenerate").wait_for()
    assert words in last(page).locator(".answer").inner_text()


def test_a_question_is_answered_as_it_is_written(visits: Visits, house: House) -> None:
    page = visits.page(path=place())
    house.do(house.server.hold)
    ask(page, "what is entropy")
    last(page).locator(".answer.draft").wait_for()
    house.do(house.server.release)
    answered(page, "what is entropy")


def test_a_reload_in_mid_answer_loses_nothing(visits: Visits, house: House) -> None:
    page = visits.page(path=place())
    house.do(house.server.hold)
    ask(page, "reload me")
    last(page).locator(".answer.draft").wait_for()
    page.reload()
    last(page).locator(".answer.draft").wait_for()
    house.do(house.server.release)
    answered(page, "reload me")
    assert page.locator("article").count() == 1


def test_an_answer_that_is_stopped_says_so(visits: Visits, house: House) -> None:
    page = visits.page(path=place())
    house.do(house.server.hold)
    ask(page, "stop me")
    last(page).locator(".answer.draft").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.locator(".answer.stopped").wait_for()


def test_a_question_can_be_answered_once_more_and_voted_on(visits: Visits) -> None:
    page = visits.page(path=place())
    ask(page, "again")
    answered(page, "again")
    page.get_by_role("button", name="Regenerate").first.click()
    page.get_by_text("I am answering once more.").wait_for()
    page.locator(".answer.answer").nth(2).wait_for()
    page.get_by_role("button", name="Bad answer").first.click()
    page.get_by_text("What was wrong?").click()
    page.get_by_label("A sentence is enough").fill("too short")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Thank you, that helps.").wait_for()


def test_a_form_that_is_sent_off_twice_is_one_message(visits: Visits) -> None:
    page = visits.page(path=place())
    ask(page, "only once")
    answered(page, "only once")
    page.go_back()
    page.get_by_label("Your question").fill("only once")
    page.get_by_role("button", name="Ask").click()
    answered(page, "only once")
    assert page.locator("article").count() <= 2


def test_a_file_goes_in_and_comes_back_as_it_was(visits: Visits) -> None:
    page = visits.page(path=place())
    name = f"ess{HOSTILE}ay.txt"
    file = FilePayload(name=name, mimeType="text/html", buffer=b"<b>words</b>")
    page.get_by_label("Files").set_input_files(files=[file])
    ask(page, "read this")
    answered(page, "read this")
    with page.expect_download() as download:
        last(page).locator('a[href^="/files/"]').click()
    assert download.value.path().read_bytes() == b"<b>words</b>"


def test_two_tabs_and_eight_show_the_same(visits: Visits) -> None:
    where = place()
    page = visits.page(path=where)
    others = [page.context.new_page() for _ in range(7)]
    for other in others:
        other.goto(f"{visits.house.address}{where}", wait_until="domcontentloaded")
    ask(page, "who sees this")
    for tab in (page, *others):
        tab.bring_to_front()
        answered(tab, "who sees this")


def test_two_people_have_conversations_of_their_own(visits: Visits) -> None:
    where = place()
    ada, bob = visits.page("Ada", where), visits.page("Bob", where)
    ask(ada, "mine alone")
    answered(ada, "mine alone")
    bob.reload()
    assert bob.locator("article").count() == 0


def test_all_of_it_works_without_scripts(visits: Visits) -> None:
    page = visits.page(path=place(), java_script_enabled=False)
    ask(page, "without scripts")
    for _ in range(100):
        page.reload()
        if page.get_by_role("button", name="Regenerate").count():
            break
    answered(page, "without scripts")
    for path in PAGES:
        page.goto(f"{visits.house.address}{path}")
        assert page.locator("h1").count() == 1


def test_the_stream_comes_back_after_the_network_was_gone(visits: Visits) -> None:
    page = visits.page(path=place())
    page.context.set_offline(True)
    page.context.set_offline(False)
    ask(page, "after offline")
    answered(page, "after offline")
    visits.faults[:] = [one for one in visits.faults if "ERR_INTERNET_DISCONNECTED" not in one]


def test_a_restart_of_the_bot_is_no_end_of_the_visit(visits: Visits, house: House) -> None:
    page = visits.page(path=place())
    ask(page, "before")
    answered(page, "before")
    house.stop()
    house.start()
    page.reload()
    ask(page, "after")
    answered(page, "after")
    visits.faults[:] = [one for one in visits.faults if "ERR_CONNECTION" not in one]
    visits.faults[:] = [one for one in visits.faults if "ERR_INCOMPLETE" not in one]


def test_words_that_would_act_do_nothing(visits: Visits) -> None:
    page = visits.page(f"Eve {HOSTILE[:30]}", place())
    ask(page, HOSTILE)
    answered(page, "document.title")
    for path in ["", "/conversations?q=owned", "/usage?by=person", "/"]:
        if path:
            page.goto(f"{visits.house.address}{path}", wait_until="domcontentloaded")
        assert "owned" not in page.title()
        assert page.locator("main img, main script").count() == 0
        assert page.locator('a[href^="javascript"]').count() == 0


def test_a_script_that_got_in_all_the_same_is_refused(visits: Visits) -> None:
    page = visits.page()
    page.evaluate(
        "const one = document.createElement('script');"
        "one.textContent = 'document.title = \"owned\"'; document.body.append(one)"
    )
    assert "owned" not in page.title()
    assert any("Content Security Policy" in fault for fault in visits.faults)
    visits.faults.clear()


def test_the_link_that_is_printed_signs_in_once(visits: Visits, house: House) -> None:
    def enter() -> sync_api.Page:
        page = visits.context().new_page()
        page.goto(house.link)
        page.get_by_label("Your name").fill("Ada")
        page.get_by_role("button", name="Sign in").click()
        return page

    page = enter()
    page.get_by_role("heading", name="Now").wait_for()
    assert "#" not in page.url
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Code").wait_for()
    enter().get_by_role("alert").wait_for()
    visits.faults[:] = [one for one in visits.faults if "403" not in one]


def test_a_page_of_somebody_elses_can_send_us_nothing(visits: Visits, house: House) -> None:
    context = visits.context("Ada")
    where = place()
    form = (
        f'<form method="post" action="{house.address}{where}"><input name="text" value="x"></form>'
    )
    page = context.new_page()
    page.route(
        "http://evil.example/", lambda route: route.fulfill(body=form, content_type="text/html")
    )
    page.goto("http://evil.example/")
    page.evaluate("document.forms[0].submit()")
    page.get_by_text("sent from another page").wait_for()
    page.goto(f"{house.address}{where}")
    assert page.locator("article").count() == 0
    visits.faults.clear()


def test_now_says_what_goes_on_and_leads_to_why(visits: Visits, house: House) -> None:
    page = visits.page(path=place())
    house.do(house.server.hold)
    ask(page, "what goes on")
    last(page).locator(".answer.draft").wait_for()
    now = visits.page()
    now.locator("#lists").get_by_role("link", name="what happened").first.click()
    now.get_by_text("accepted").wait_for()
    house.do(house.server.release)


def test_the_keyboard_is_enough(visits: Visits) -> None:
    page = visits.page(path=place())
    page.get_by_label("Your question").focus()
    page.keyboard.type("by keyboard")
    page.keyboard.press("Enter")
    answered(page, "by keyboard")
    page.goto(f"{visits.house.address}/", wait_until="domcontentloaded")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"


def test_a_phones_width_is_enough(visits: Visits) -> None:
    page = visits.page(path=place(), viewport={"width": 320, "height": 640})
    ask(page, f"narrow {'x' * 200} | a | b |\n\n```\n{'y' * 200}\n```")
    answered(page, "narrow")
    for path in ["", *PAGES, f"/conversations/{quote('web:local:Ada:x')}"]:
        if path:
            page.goto(f"{visits.house.address}{path}", wait_until="domcontentloaded")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    visits.faults[:] = [one for one in visits.faults if "404" not in one]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    visits: Visits, scheme: str, check: Callable[[sync_api.Page], list[str]]
) -> None:
    context = visits.context("Ada", color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{visits.house.address}{place()}")
    ask(page, "**bold** `code` [x](https://a.example)\n\n```\nx\n```")
    answered(page, "code")
    found = check(page)
    for path in PAGES:
        page.goto(f"{visits.house.address}{path}", wait_until="domcontentloaded")
        found += check(page)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Code").wait_for()
    assert found + check(page) == []


@pytest.fixture
def check() -> Callable[[sync_api.Page], list[str]]:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - only where it is run

    def run(page: sync_api.Page) -> list[str]:
        violations = Axe().run(page).response["violations"]
        return [f"{page.url} {one['id']}: {one['nodes'][0]['html']}" for one in violations]

    return run


def test_the_token_is_in_no_page(visits: Visits) -> None:
    page = visits.page()
    for path in PAGES:
        page.goto(f"{visits.house.address}{path}", wait_until="domcontentloaded")
        assert TOKEN not in page.content()
