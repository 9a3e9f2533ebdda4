/** Everybody waits here until `count` have come; whoever comes later goes on at once. */
export function meeting(count: number): () => Promise<void> {
  let missing = count;
  let letIn: (() => void) | undefined;
  const opened = new Promise<void>((resolve) => (letIn = resolve));
  return () => {
    missing -= 1;
    if (missing === 0) letIn?.();
    return opened;
  };
}
