/** The setting of most suites: a browser and a server with the offline model, as long as the suite runs. */
import {after, before} from 'node:test';
import type {Browser} from 'playwright-core';
import {launchBrowser} from './browser.ts';
import {type ChatServer, startChatServer} from './chat-server.ts';

export interface Stage {
  readonly browser: Browser;
  readonly server: ChatServer;
}

/** Called in a suite: starts both before its tests and ends them afterwards. */
export function setStage(): Stage {
  let browser: Browser | undefined;
  let server: ChatServer | undefined;
  before(async () => {
    [browser, server] = await Promise.all([launchBrowser(), startChatServer()]);
  });
  after(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });
  return {
    get browser() {
      return started(browser);
    },
    get server() {
      return started(server);
    },
  };
}

function started<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new Error('The stage is set when the suite begins.');
  return thing;
}
