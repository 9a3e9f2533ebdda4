/** Inside a container, whose role this file does not know: whichever of the two ports answers is the one with its health. */
const ports = [process.env['OPS_PORT'] || process.env['PORT'] || '3000', process.env['WORKER_PORT'] || '3001'];
const answers = ports.map(async (port) => {
  const answer = await fetch(`http://127.0.0.1:${port}/health/live`, { signal: AbortSignal.timeout(2_500) });
  if (!answer.ok) throw new Error(`port ${port} answers ${answer.status}`);
});
try {
  await Promise.any(answers);
} catch (error) {
  console.error(error instanceof AggregateError ? error.errors.map(String).join('\n') : error);
  process.exitCode = 1;
}
