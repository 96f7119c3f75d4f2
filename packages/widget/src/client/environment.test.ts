/** The browser's environment, with and without a page around it. Real event targets stand for window and document. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {TestContext} from 'node:test';
import {browserEnvironment} from './environment.ts';
import {wait, waitOrBack} from './wait.ts';
import {fakeEnvironment} from './testing/fake-environment.ts';

const names = [
  'document',
  'addEventListener',
  'removeEventListener',
  'requestAnimationFrame',
  'cancelAnimationFrame',
] as const;

/** A page that is shown or hidden, and draws frames when the test says so. It goes away with the test. */
function openPage(t: TestContext) {
  const page = new EventTarget();
  const document = Object.assign(new EventTarget(), {hidden: false});
  const frames = new Map<number, () => void>();
  let last = 0;
  const values: Readonly<Record<(typeof names)[number], unknown>> = {
    document,
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
    requestAnimationFrame(callback: () => void) {
      frames.set(++last, callback);
      return last;
    },
    cancelAnimationFrame: (request: number) => void frames.delete(request),
  };
  for (const name of names) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, {configurable: true, writable: true, value: values[name]});
    t.after(() => {
      if (before) Object.defineProperty(globalThis, name, before);
      else Reflect.deleteProperty(globalThis, name);
    });
  }
  return {
    dispatch: (type: string) => page.dispatchEvent(new Event(type)),
    show(shown: boolean) {
      document.hidden = !shown;
      document.dispatchEvent(new Event('visibilitychange'));
    },
    draw() {
      const due = [...frames.values()];
      frames.clear();
      for (const callback of due) callback();
    },
    frames,
  };
}

suite('frames', () => {
  test('a frame is called once, when the page draws it, and not by the timer after that', (t) => {
    const page = openPage(t);
    t.mock.timers.enable({apis: ['setTimeout']});
    let calls = 0;
    browserEnvironment().frame(() => calls++);
    t.mock.timers.tick(20);
    assert.equal(calls, 0);
    page.draw();
    assert.equal(calls, 1);
    t.mock.timers.tick(1000);
    assert.equal(calls, 1);
  });

  test('a frame of a page that is hidden before it is drawn is called by a timer, and not drawn later', (t) => {
    const page = openPage(t);
    t.mock.timers.enable({apis: ['setTimeout']});
    let calls = 0;
    browserEnvironment().frame(() => calls++);
    page.show(false);
    t.mock.timers.tick(250);
    assert.equal(calls, 1);
    page.draw();
    assert.equal(calls, 1);
  });

  test('the timer is not set anew for each frame, and frames after it have one again', (t) => {
    const page = openPage(t);
    t.mock.timers.enable({apis: ['setTimeout']});
    const {frame} = browserEnvironment();
    const called: number[] = [];
    for (const number of [1, 2, 3]) {
      frame(() => called.push(number));
      t.mock.timers.tick(100);
      if (number < 3) page.draw();
    }
    assert.deepEqual(called, [1, 2, 3]);
    frame(() => called.push(4));
    t.mock.timers.tick(250);
    assert.deepEqual(called, [1, 2, 3, 4]);
  });

  test('a frame of a hidden page is a timer', (t) => {
    const page = openPage(t);
    page.show(false);
    t.mock.timers.enable({apis: ['setTimeout']});
    let calls = 0;
    browserEnvironment().frame(() => calls++);
    assert.equal(page.frames.size, 0);
    t.mock.timers.tick(16);
    assert.equal(calls, 1);
  });

  test('in a worker, which draws frames and has no page, a frame is a timer', (t) => {
    openPage(t);
    Reflect.deleteProperty(globalThis, 'document');
    t.mock.timers.enable({apis: ['setTimeout']});
    let calls = 0;
    browserEnvironment().frame(() => calls++);
    browserEnvironment().onBack(() => assert.fail());
    t.mock.timers.tick(16);
    assert.equal(calls, 1);
  });

  test('in a page that draws no frames, a frame is a timer', (t) => {
    openPage(t);
    Reflect.deleteProperty(globalThis, 'requestAnimationFrame');
    t.mock.timers.enable({apis: ['setTimeout']});
    let calls = 0;
    browserEnvironment().frame(() => calls++);
    t.mock.timers.tick(16);
    assert.equal(calls, 1);
  });

  test('without a page, a frame is a timer', (t) => {
    t.mock.timers.enable({apis: ['setTimeout']});
    let calls = 0;
    browserEnvironment().frame(() => calls++);
    t.mock.timers.tick(16);
    assert.equal(calls, 1);
  });

  test('a cancelled frame is never called', (t) => {
    t.mock.timers.enable({apis: ['setTimeout']});
    let calls = 0;
    browserEnvironment().frame(() => calls++)();
    const page = openPage(t);
    browserEnvironment().frame(() => calls++)();
    page.draw();
    t.mock.timers.tick(1000);
    assert.equal(calls, 0);
  });
});

suite('clock and chance', () => {
  test('the clock is the time of the day, and chance is at least 0 and below 1', () => {
    const {now, random} = browserEnvironment();
    const before = Date.now();
    const time = now();
    assert.ok(time >= before && time <= Date.now());
    const numbers = Array.from({length: 100}, random);
    assert.ok(numbers.every((number) => number >= 0 && number < 1));
    assert.ok(new Set(numbers).size > 90);
  });

  test('a timer calls back after its time, unless it is cancelled', (t) => {
    t.mock.timers.enable({apis: ['setTimeout']});
    let calls = 0;
    browserEnvironment().after(100, () => calls++);
    browserEnvironment().after(100, () => calls++)();
    t.mock.timers.tick(99);
    assert.equal(calls, 0);
    t.mock.timers.tick(1);
    assert.equal(calls, 1);
  });
});

suite('leaving and coming back', () => {
  test('the page comes back when it is online, shown from the back-forward cache, or visible again', (t) => {
    const page = openPage(t);
    let calls = 0;
    const cancel = browserEnvironment().onBack(() => calls++);
    page.dispatch('online');
    page.dispatch('pageshow');
    page.show(false);
    assert.equal(calls, 2);
    page.show(true);
    assert.equal(calls, 3);
    cancel();
    page.dispatch('online');
    page.dispatch('pageshow');
    page.show(true);
    assert.equal(calls, 3);
  });

  test('the page is left when it is hidden for good, until that is cancelled', (t) => {
    const page = openPage(t);
    let calls = 0;
    const cancel = browserEnvironment().onLeave(() => calls++);
    page.dispatch('pagehide');
    assert.equal(calls, 1);
    cancel();
    page.dispatch('pagehide');
    assert.equal(calls, 1);
  });

  test('without a page, nobody comes back and nobody leaves', () => {
    browserEnvironment().onBack(() => assert.fail())();
    browserEnvironment().onLeave(() => assert.fail())();
  });
});

suite('waiting', () => {
  const {signal} = new AbortController();

  test('a wait ends after its time, and leaves no timer and no listener', async () => {
    const environment = fakeEnvironment();
    const waited = wait(environment, 1000, {signal});
    assert.deepEqual([environment.waits, environment.listening], [[1000], 0]);
    environment.comeBack();
    assert.deepEqual(environment.waits, [1000]);
    environment.pass(1000);
    await waited;
    assert.deepEqual(environment.waits, []);
  });

  test('a wait for the page to come back ends when it does, or after its time', async () => {
    const environment = fakeEnvironment();
    const early = waitOrBack(environment, 1000, {signal});
    assert.equal(environment.listening, 1);
    environment.comeBack();
    await early;
    assert.deepEqual([environment.waits, environment.listening], [[], 0]);
    const late = waitOrBack(environment, 1000, {signal});
    environment.pass(1000);
    await late;
    assert.equal(environment.listening, 0);
  });

  test('a wait rejects with the reason of its signal if that aborts, and leaves no timer', async () => {
    const environment = fakeEnvironment();
    const stop = new AbortController();
    const waited = wait(environment, 1000, {signal: stop.signal});
    stop.abort(new Error('Stopped'));
    await assert.rejects(waited, /Stopped/);
    assert.deepEqual(environment.waits, []);
    await assert.rejects(wait(environment, 1000, {signal: stop.signal}), /Stopped/);
    assert.deepEqual(environment.waits, []);
  });
});
