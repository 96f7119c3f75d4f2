/** A real WebKit, the engine of Safari, on a screen of its own: Debian's, driven by WebDriver (https://w3c.github.io/webdriver). */
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {createServer} from 'node:net';
import type {AddressInfo} from 'node:net';
import type {WebKitPrograms} from '../../../scripts/browser.mjs';

export interface WebKit {
  open(url: string): Promise<void>;
  /** Runs the body of a function in the page, and returns its result. */
  run(script: string): Promise<unknown>;
  /** Runs it until its result is true; fails after twenty seconds. */
  until(script: string): Promise<void>;
  /** Types into the element that has the focus. */
  type(text: string): Promise<void>;
  click(script: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The name of an element's id on the wire. */
const elementKey = 'element-6066-11e4-a52e-4f735466cecf';

export async function launchWebKit({driver, browser, display}: WebKitPrograms): Promise<WebKit> {
  const screen = spawn(display, ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const started: ChildProcess[] = [screen];
  const end = async () => {
    for (const child of started.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill();
      await once(child, 'exit');
    }
  };
  try {
    const [number] = await once(screen.stdio[3] ?? screen, 'data');
    const port = await freePort();
    const env = {...process.env, DISPLAY: `:${String(number).trim()}`, WEBKIT_DISABLE_DMABUF_RENDERER: '1'};
    started.push(spawn(driver, [`--port=${port}`, '--host=127.0.0.1'], {stdio: 'ignore', env}));
    const base = `http://127.0.0.1:${port}`;
    await answers(`${base}/status`);
    const {sessionId} = await ask<{sessionId: string}>(`${base}/session`, {
      capabilities: {alwaysMatch: {'webkitgtk:browserOptions': {binary: browser, args: ['--automation']}}},
    });
    const session = `${base}/session/${sessionId}`;
    const run = (script: string) => ask(`${session}/execute/sync`, {script, args: []});
    const elementOf = async (script: string) => {
      const found = await ask<Record<string, string>>(`${session}/execute/sync`, {script, args: []});
      return `${session}/element/${found[elementKey]}`;
    };
    const focused = `let at = document.activeElement; while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement; return at;`;
    return {
      open: async (url) => void (await ask(`${session}/url`, {url})),
      run,
      async until(script) {
        for (const last = performance.now() + 20_000; (await run(script)) !== true;) {
          if (performance.now() > last) throw new Error(`WebKit never came to: ${script}`);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      },
      type: async (text) => void (await ask(`${await elementOf(focused)}/value`, {text})),
      click: async (script) => void (await ask(`${await elementOf(script)}/click`, {})),
      async [Symbol.asyncDispose]() {
        await fetch(session, {method: 'DELETE'});
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function ask<Value>(url: string, body: object): Promise<Value> {
  const response = await fetch(url, {method: 'POST', body: JSON.stringify(body)});
  const {value} = (await response.json()) as {value: Value};
  if (!response.ok) throw new Error(`WebKit: ${JSON.stringify(value)}`);
  return value;
}

/** Waits until something listens there. */
async function answers(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await fetch(url);
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  server.close();
  return port;
}
