/** `act` at once, and at most once in so many milliseconds; what comes in between is done once at the end. */
export function throttled(ms: number, act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let again = false;
  const over = (): void => {
    timer = null;
    if (again) call();
  };
  const call = (): void => {
    if (timer !== null) {
      again = true;
      return;
    }
    again = false;
    timer = setTimeout(over, ms);
    act();
  };
  return call;
}
