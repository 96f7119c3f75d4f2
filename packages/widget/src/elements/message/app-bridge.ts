/**
 * Speaks with the app of a tool (MCP Apps, revision 2026-01-26): JSON-RPC over a port. Takes what an app may ask for, and
 * checks it. Knows no DOM and no server.
 */
import {type JsonObject, asJson, asNumber, asString, isObject} from '@chatlet/protocol';

/** What an app can ask of the chat around it. */
export interface AppHost {
  /** The input and the result of the call that the app shows. */
  readonly input: JsonObject;
  readonly result: JsonObject;
  /** The look and the language of the chat, as MCP's `HostContext`. */
  context(): JsonObject;
  /** The result of a tool of the same server. Rejects with words for the app. */
  callTool(name: string, input: JsonObject): Promise<JsonObject>;
  /** A resource of the same server, as MCP's `ReadResourceResult`. Rejects with words for the app. */
  readResource(uri: string): Promise<JsonObject>;
  /** Keeps a text that the model reads with the next question, in place of the one before. */
  tellModel(text: string): Promise<void>;
  /** Whether the visitor has opened the address. */
  openLink(url: URL): Promise<boolean>;
  /** Puts a text into the composer. False if it cannot be put there. */
  compose(text: string): boolean;
  /** Pixels. */
  resize(height: number): void;
}

export interface AppConnection {
  /** Tells the app that the look of the chat has changed. */
  tellContext(): void;
  close(): void;
}

const revision = '2026-01-26';
/** Requests to the server that an app may have at once. */
const mostCalls = 4;
/** Characters of a text for the composer, and for the model. */
const longestText = 4_000;
const longestContext = 8_000;

class Refusal extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const refused = (message: string) => new Refusal(-32_000, message);
const wrong = (message: string) => new Refusal(-32_602, message);

export function connectApp(port: MessagePort, host: AppHost): AppConnection {
  let calls = 0;
  let isReady = false;

  const send = (message: JsonObject) => port.postMessage({jsonrpc: '2.0', ...message});
  const notify = (name: string, params: JsonObject) => send({method: `ui/notifications/${name}`, params});

  async function callTool(params: Fields): Promise<JsonObject> {
    const name = asString(params['name']);
    const {arguments: input = {}} = params;
    if (name === undefined || !isObject(input)) throw wrong('A call needs a name and an object of arguments.');
    return limited(() => host.callTool(name, input as JsonObject));
  }

  async function limited<Result>(work: () => Promise<Result>): Promise<Result> {
    if (calls >= mostCalls) throw refused(`At most ${mostCalls} requests can run at once.`);
    calls += 1;
    try {
      return await work();
    } finally {
      calls -= 1;
    }
  }

  async function openLink({url: sent}: Fields): Promise<JsonObject> {
    const url = URL.parse(asString(sent) ?? '');
    // A name of a user can look like the host: `https://bank.example@thief.example`.
    if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
      throw wrong('Only addresses of http and https can be opened, without the name of a user.');
    }
    if (await host.openLink(url)) return {};
    throw refused('The person did not open it.');
  }

  function compose({content}: Fields): JsonObject {
    const blocks: readonly unknown[] = Array.isArray(content) ? content : [content];
    const words = blocks.map((block) =>
      isObject(block) && block['type'] === 'text' ? asString(block['text']) : undefined,
    );
    const text = words.filter((each) => each !== undefined).join('\n\n');
    if (text.trim() === '' || text.length > longestText) {
      throw wrong(`A message needs a text of at most ${longestText} characters.`);
    }
    if (host.compose(text)) return {};
    throw refused('The person is writing something else.');
  }

  async function readResource({uri: sent}: Fields): Promise<JsonObject> {
    const uri = asString(sent);
    if (uri === undefined || uri.length > 2_000) throw wrong('A resource needs its address.');
    return limited(() => host.readResource(uri));
  }

  async function tellModel({content = [], structuredContent}: Fields): Promise<JsonObject> {
    const blocks: readonly unknown[] = Array.isArray(content) ? content : [content];
    const words = blocks.map((block) =>
      isObject(block) && block['type'] === 'text' ? asString(block['text']) : undefined,
    );
    if (words.includes(undefined)) throw wrong('The model reads texts alone.');
    const data = structuredContent === undefined ? [] : [JSON.stringify(structuredContent)];
    const text = [...words, ...data].join('\n\n').trim();
    if (text.length > longestContext) throw wrong(`The model reads at most ${longestContext} characters.`);
    await limited(() => host.tellModel(text));
    return {};
  }

  async function answer(method: string, params: Fields): Promise<JsonObject> {
    switch (method) {
      case 'ui/initialize':
        return {
          protocolVersion: revision,
          hostInfo: {name: 'chatlet', version: '1'},
          hostCapabilities: {
            openLinks: {},
            serverTools: {},
            serverResources: {},
            message: {text: {}},
            updateModelContext: {text: {}, structuredContent: {}},
          },
          hostContext: host.context(),
        };
      case 'ping':
        return {};
      case 'tools/call':
        return callTool(params);
      case 'resources/read':
        return readResource(params);
      case 'ui/update-model-context':
        return tellModel(params);
      case 'ui/open-link':
        return openLink(params);
      case 'ui/message':
        return compose(params);
      case 'ui/request-display-mode':
        return {mode: 'inline'};
      default:
        throw new Refusal(-32_601, `There is no method ${method}.`);
    }
  }

  function take(method: string, params: Fields): void {
    if (method === 'ui/notifications/initialized' && !isReady) {
      isReady = true;
      notify('tool-input', {arguments: host.input});
      notify('tool-result', host.result);
    }
    const height = asNumber(params['height']);
    if (method === 'ui/notifications/size-changed' && height !== undefined) host.resize(height);
  }

  port.addEventListener('message', async ({data}: MessageEvent<unknown>) => {
    if (!isObject(data)) return;
    const method = asString(data['method']);
    const params = isObject(data['params']) ? data['params'] : {};
    const {id} = data;
    if (method === undefined) return;
    if (typeof id !== 'string' && typeof id !== 'number') {
      take(method, params);
      return;
    }
    try {
      send({id, result: asJson(await answer(method, params))});
    } catch (error) {
      const code = error instanceof Refusal ? error.code : -32_000;
      send({id, error: {code, message: error instanceof Error ? error.message : 'It failed.'}});
    }
  });
  port.start();
  return {
    tellContext: () => isReady && notify('host-context-changed', host.context()),
    close: () => port.close(),
  };
}

type Fields = Readonly<Record<string, unknown>>;
