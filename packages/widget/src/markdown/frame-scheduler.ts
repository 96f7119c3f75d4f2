/**
 * When views do their work: one slice a frame for all of them together, then further slices with room for the browser
 * between them, as long as anything is left. Knows no DOM but the page's frames.
 */

/** Runs what nobody waits for when the browser has nothing better to do. */
export function whenIdle(work: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(work, {timeout: 2000});
  else setTimeout(work, 100);
}

/** More characters than this in a quarter of a second, and the page has better things to do than what can wait. */
const rushSize = 400;
let counting = 0;
let counted = 0;
let rushed = -Infinity;

/** Tells how much text was just read. */
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

/** Runs `work` when text has stopped rushing in, and the browser is idle. */
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

/** Something with work to do. */
export interface FrameTask {
  /** Does a part of the work until `isLate`; whether there is more. */
  work(isLate: () => boolean): boolean;
}

/** Milliseconds of script in a slice that a frame waits for: the style and layout of what it made come on top. */
const sliceInFrame = 8;
/** And in one that runs between frames. Longer ones mean fewer frames painted for text that is scrolled past anyway. */
const sliceBetweenFrames = 20;
/** Where no frames come, a view that is not painted is still brought up to date. */
const longestWithoutFrame = 200;

const tasks = new Set<FrameTask>();
let state: 'no' | 'asked' | 'frame' | 'turn' = 'no';
let frames = 0;
let nextFrame: number | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * Counts the frames in which there was work: what came in an earlier one has been laid out, and scrolled to. What comes after
 * a frame has got its slice belongs to the next one.
 */
export const currentFrame = (): number => frames;

function onFrame(): void {
  nextFrame = undefined;
  if (state === 'frame') run();
  frames++;
}

/** Where no frames come, the work is done all the same. */
function onTimer(): void {
  timer = undefined;
  if (state === 'frame') run();
}

function run(): void {
  const end = performance.now() + (state === 'turn' ? sliceBetweenFrames : sliceInFrame);
  state = 'no';
  const isLate = (): boolean => performance.now() >= end;
  // The last ones first: of a conversation that is shown as a whole, its end is what the reader looks at.
  for (const task of [...tasks].reverse()) {
    if (!task.work(isLate)) tasks.delete(task);
    if (isLate()) break;
  }
  if (tasks.size) runBetweenFrames();
}

/** Made when it is first needed: importing this on a server starts nothing. */
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

/** What has been flushed meanwhile needs no frame, which a page that is at rest would make for nothing. */
function requestFrame(): void {
  if (state !== 'asked') return;
  state = 'no';
  if (!tasks.size) return;
  if (document.hidden) runBetweenFrames();
  else {
    state = 'frame';
    nextFrame ??= requestAnimationFrame(onFrame);
    // One that goes off while frames come finds nothing to wait for, and is cheaper than one set anew for each.
    timer ??= setTimeout(onTimer, longestWithoutFrame);
  }
}

export function unschedule(task: FrameTask): void {
  tasks.delete(task);
}
