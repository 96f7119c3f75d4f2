/** The setting of most suites: a browser and a server, as long as the suite runs. */
import {after, before} from 'node:test';
import type {Browser} from 'playwright-core';
import {type Upstream, startUpstream} from '../../server/src/testing/upstream.ts';
import {launchBrowser} from './browser.ts';
import {type ChatServer, startChatServer} from './chat-server.ts';

export interface Stage {
  readonly browser: Browser;
  readonly server: ChatServer;
}

export interface UpstreamStage extends Stage {
  /** The server asks it in place of the offline model. */
  readonly upstream: Upstream;
}

/** Called in a suite: starts a browser and a server with the offline model before its tests, and ends both afterwards. */
export function setStage(): Stage {
  return set(async () => ({}));
}

/**
 * As `setStage`, with a scripted upstream in place of the offline model. A server does not ask again for a list of `models`
 * that it has got in the last seconds, so a suite with names of its own gives them before the server starts.
 */
export function setUpstreamStage({models}: Partial<Pick<Upstream, 'models'>> = {}): UpstreamStage {
  let upstream: Upstream | undefined;
  const stage = set(async () => {
    upstream = await startUpstream();
    if (models) upstream.models = models;
    return upstreamSettings(upstream);
  });
  after(() => upstream?.close());
  return {
    get browser() {
      return stage.browser;
    },
    get server() {
      return stage.server;
    },
    get upstream() {
      return started(upstream);
    },
  };
}

/** The environment of a server that asks this upstream. */
export function upstreamSettings({baseUrl}: Upstream): Readonly<Record<string, string>> {
  return {OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: 'sk-test'};
}

function set(prepare: () => Promise<Readonly<Record<string, string>>>): Stage {
  let browser: Browser | undefined;
  let server: ChatServer | undefined;
  before(async () => {
    const env = await prepare();
    [browser, server] = await Promise.all([launchBrowser(), startChatServer({env})]);
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
