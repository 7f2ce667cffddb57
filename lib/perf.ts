/**
 * Throughput, latency and I/O models measured in a program of one's own: what the command `winsock perf`
 * does. It speaks the protocol of iperf3, in both roles.
 *
 * @module
 */
export { type ClientOptions, DEFAULT_PORT, runClient } from './tools/perf/client.ts';
export { runCommand } from './tools/perf/command.ts';
export { type Bar, Histogram, type LatencySummary } from './tools/perf/latency/histogram.ts';
export {
  type LatencyOptions,
  type LatencyPhase,
  type LatencyReport,
  measureLatency,
} from './tools/perf/latency/latency.ts';
export type { SecondOfRequests } from './tools/perf/latency/requests.ts';
export type { LatencyServerResults } from './tools/perf/latency/server.ts';
export {
  type CompareOptions,
  type Comparison,
  compareModels,
  type ModelResult,
  type ModelSample,
  type ScenarioResult,
} from './tools/perf/models/compare.ts';
export type { ComparedModel } from './tools/perf/models/names.ts';
export { PerfError } from './tools/perf/perf-error.ts';
export { comparisonText } from './tools/perf/report/comparison-text.ts';
export { latencyText } from './tools/perf/report/latency-text.ts';
export { latencyPicture, throughputPicture } from './tools/perf/report/svg.ts';
export { reportText } from './tools/perf/report/text.ts';
export type {
  ConnectedRecord,
  EndRecord,
  EndStreamRecord,
  EndSystemRecord,
  IntervalRecord,
  Report,
  StartRecord,
  StreamRecord,
  SumRecord,
  SystemRecord,
  VerifiedRecord,
} from './tools/perf/report/types.ts';
export { PerfServer, type ServerOptions, startServer } from './tools/perf/server.ts';
export type { TestReporting } from './tools/perf/server-test.ts';
export type { TestSettings } from './tools/perf/settings.ts';
export { median, spread } from './tools/perf/statistics.ts';
export type { PortStats, TransportModel } from './tools/perf/transport.ts';
