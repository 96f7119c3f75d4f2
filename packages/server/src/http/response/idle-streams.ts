/**
 * Notices streams in which nothing has happened for a while. One timer serves all that wait equally long: a timer of its
 * own for each of thousands of streams, set back with every word, would cost more than the words. Knows no streams.
 */

/** One that is listened to. */
export interface IdleTimer {
  /** Something has happened: the silence begins anew. */
  reset(): void;
  /** Nobody listens any more. */
  stop(): void;
}

interface Listener {
  readonly say: () => void;
  quarters: number;
}

interface Wheel {
  readonly listeners: Set<Listener>;
  timer: NodeJS.Timeout | undefined;
}

/** By milliseconds; as many as there are settings. */
const wheels = new Map<number, Wheel>();

function turn({listeners}: Wheel): void {
  for (const listener of listeners) {
    listener.quarters += 1;
    if (listener.quarters < 4) continue;
    listener.quarters = 0;
    listener.say();
  }
}

/** Calls back whenever it has been silent for so many milliseconds, at most a quarter of them early and never late. */
export function onIdle(milliseconds: number, say: () => void): IdleTimer {
  const wheel = wheels.get(milliseconds) ?? {listeners: new Set(), timer: undefined};
  wheels.set(milliseconds, wheel);
  const listener = {say, quarters: 0};
  wheel.listeners.add(listener);
  wheel.timer ??= setInterval(turn, milliseconds / 4, wheel).unref();
  return {
    reset() {
      listener.quarters = 0;
    },
    stop() {
      wheel.listeners.delete(listener);
      if (wheel.listeners.size > 0) return;
      clearInterval(wheel.timer);
      wheel.timer = undefined;
    },
  };
}
