/**
 * Idle timers for thousands of streams. All that wait equally long share one interval, because a timer for each stream,
 * reset with every word, would cost more than the words. Knows no streams.
 */

export interface IdleTimer {
  /** Begins the wait anew. */
  reset(): void;
  /** Disposes the timer. */
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

/** By milliseconds. There are as many wheels as different settings. */
const wheels = new Map<number, Wheel>();

function turn({listeners}: Wheel): void {
  for (const listener of listeners) {
    listener.quarters += 1;
    if (listener.quarters < 4) continue;
    listener.quarters = 0;
    listener.say();
  }
}

/** Calls back after each so many milliseconds without a reset: up to a quarter early, never late. */
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
