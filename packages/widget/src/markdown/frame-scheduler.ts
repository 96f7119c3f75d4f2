/**
 * Schedules the work of all views on a page: one slice of work in a frame, and more slices between frames, with pauses for
 * the browser, until nothing is left. Knows no DOM but the page's frames.
 */

/** Runs `work`, for which nobody waits, when the browser is idle. */
export function whenIdle(work: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(work, {timeout: 2000});
  else setTimeout(work, 100);
}

/** If more characters than this arrive in a quarter of a second, work that can wait is put off. */
const rushSize = 400;
let counting = 0;
let counted = 0;
let rushed = -Infinity;

/** Counts text that was just read. */
export function countCharacters(characters: number): void {
  const now = performance.now();
  if (now - counting > 250) {
    counting = now;
    counted = 0;
  }
  counted += characters;
  if (counted > rushSize) rushed = now;
}

let postponed: (() => void)[] = [];

/** Runs `work` when text no longer rushes in and the browser is idle. */
export function whenCalm(work: () => void): void {
  if (postponed.push(work) === 1) runWhenCalm();
}

function runWhenCalm(): void {
  if (performance.now() - rushed < 300) {
    setTimeout(runWhenCalm, 300);
    return;
  }
  whenIdle(() => {
    const works = postponed;
    postponed = [];
    for (const work of works) work();
  });
}

/** A view with work to do. */
export interface FrameTask {
  /** Works until `isLate`. Returns whether there is more to do. */
  work(isLate: () => boolean): boolean;
}

/** Milliseconds of script in a slice that a frame waits for. The style and layout of the new nodes come on top. */
const sliceInFrame = 8;
/** Milliseconds of script in a slice between frames. Long slices save frames that would show text scrolling past. */
const sliceBetweenFrames = 20;
/** Milliseconds after which the work is done without a frame, if the browser makes none. */
const longestWithoutFrame = 200;

const tasks = new Set<FrameTask>();
let state: 'no' | 'asked' | 'frame' | 'turn' = 'no';
let frames = 0;
let nextFrame: number | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * The number of the frame that new nodes will appear in. Nodes with a smaller number have been laid out and scrolled to.
 * Only frames with work are counted. Once a frame has had its slice, new nodes belong to the next one.
 */
export const currentFrame = (): number => frames;

function onFrame(): void {
  nextFrame = undefined;
  if (state === 'frame') run();
  frames++;
}

function onTimer(): void {
  timer = undefined;
  if (state === 'frame') run();
}

function run(): void {
  const end = performance.now() + (state === 'turn' ? sliceBetweenFrames : sliceInFrame);
  state = 'no';
  const isLate = (): boolean => performance.now() >= end;
  // The newest view comes first: in a conversation that is shown at once, the reader looks at its end.
  for (const task of [...tasks].reverse()) {
    if (!task.work(isLate)) tasks.delete(task);
    if (isLate()) break;
  }
  if (tasks.size) runBetweenFrames();
}

/** Created at first use, so that a server can import this file. */
let channel: MessageChannel | undefined;

function runBetweenFrames(): void {
  if (!channel) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => {
      if (state === 'turn') run();
    };
  }
  state = 'turn';
  nextFrame ??= requestAnimationFrame(onFrame);
  channel.port2.postMessage(undefined);
}

export function schedule(task: FrameTask): void {
  tasks.add(task);
  if (state !== 'no') return;
  state = 'asked';
  queueMicrotask(requestFrame);
}

/** Asks for a frame, unless all views were flushed in the meantime. A page at rest makes no frame for nothing. */
function requestFrame(): void {
  if (state !== 'asked') return;
  state = 'no';
  if (!tasks.size) return;
  if (document.hidden) runBetweenFrames();
  else {
    state = 'frame';
    nextFrame ??= requestAnimationFrame(onFrame);
    // The timer is not reset for each frame: if it fires while frames are made, it has nothing to do.
    timer ??= setTimeout(onTimer, longestWithoutFrame);
  }
}

export function unschedule(task: FrameTask): void {
  tasks.delete(task);
}
