"""The whole program sends its traces to a collector."""

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.e2e.program import Program, until


async def test_the_program_sends_what_became_of_a_question(program: Program) -> None:
    heard: list[str] = []

    async def take(request: web.Request) -> web.Response:
        sent = ExportTraceServiceRequest.FromString(await request.read())
        for resource in sent.resource_spans:
            heard.extend(span.name for scope in resource.scope_spans for span in scope.spans)
        return web.Response()

    app = web.Application()
    app.add_routes([web.post("/v1/traces", take)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    program.settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = address
    ended = await program.run("chat", given="hello\n")
    assert ended.code == 0, ended.err
    await until(lambda: len(heard) == 4)
    assert sorted(heard) == [
        "chat fake-model",
        "invoke_agent Homeroom",
        "post console",
        "receive console",
    ]
    await runner.cleanup()
