// Sends one small trace over OTLP, as a Node.js program with the npm OpenTelemetry SDK does.
//
// usage: node send_tree.cjs json|protobuf none|gzip URL PARENT

"use strict";

const { context, diag, trace, DiagConsoleLogger, DiagLogLevel, SpanKind, SpanStatusCode } =
  require("@opentelemetry/api");
const { defaultResource, resourceFromAttributes } = require("@opentelemetry/resources");
const { BatchSpanProcessor, NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");

const [encoding, compression, url, parent] = process.argv.slice(2);
const { OTLPTraceExporter } = require(
  encoding === "json"
    ? "@opentelemetry/exporter-trace-otlp-http"
    : "@opentelemetry/exporter-trace-otlp-proto",
);

diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);

// Milliseconds.
const NOW = 1795317219000;

const provider = new NodeTracerProvider({
  resource: defaultResource().merge(resourceFromAttributes({ "service.name": "shop" })),
  spanProcessors: [
    new BatchSpanProcessor(
      new OTLPTraceExporter({ url, compression, headers: { "x-bt-parent": parent } }),
    ),
  ],
});
const tracer = provider.getTracer("node-program", "1.2.3");

const root = tracer.startSpan("answer", { startTime: NOW, kind: SpanKind.SERVER });
const inRoot = trace.setSpan(context.active(), root);

const call = tracer.startSpan(
  "chat",
  {
    startTime: NOW + 250,
    kind: SpanKind.CLIENT,
    attributes: {
      "braintrust.input_json": JSON.stringify([{ role: "user", content: "Wie geht's? ☀" }]),
      "braintrust.output": "gut",
      "braintrust.tags": ["a", "b"],
      "app.whole": 7,
      "app.part": 0.5,
      "app.flag": true,
      "app.list": [1, 2],
    },
  },
  inRoot,
);
call.end(NOW + 500);

const tool = tracer.startSpan(
  "lookup",
  { startTime: NOW + 500, links: [{ context: call.spanContext(), attributes: { why: "asked" } }] },
  inRoot,
);
tool.addEvent("asked", { city: "Bonn" }, NOW + 600);
tool.setStatus({ code: SpanStatusCode.ERROR, message: "no such city" });
tool.end(NOW + 750);

root.end(NOW + 1000);

provider.shutdown().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
