/** The messages of an app: what it may ask for, in which order it is told, and what is refused. */
import {expect} from '@open-wc/testing';
import type {JsonObject} from '@chatlet/protocol';
import {type AppHost, connectApp} from './app-bridge.ts';

interface Told {
  readonly id?: number;
  readonly method?: string;
  readonly params?: JsonObject;
  readonly result?: JsonObject;
  readonly error?: {readonly code: number; readonly message: string};
}

function mount(given: Partial<AppHost> = {}) {
  const {port1, port2} = new MessageChannel();
  const done: unknown[] = [];
  const connection = connectApp(port1, {
    input: {city: 'Oslo'},
    result: {content: []},
    context: () => ({theme: 'dark'}),
    async callTool(name, input) {
      done.push([name, input]);
      return {content: []};
    },
    async readResource(uri) {
      done.push(uri);
      return {contents: [{uri, text: 'Tea'}]};
    },
    async tellModel(text) {
      done.push(text);
    },
    async openLink({href}) {
      done.push(href);
      return true;
    },
    compose(text) {
      done.push(text);
      return true;
    },
    resize: (height) => done.push(height),
    ...given,
  });
  const told: Told[] = [];
  const waiting = new Map<number, (answer: Told) => void>();
  port2.addEventListener('message', ({data}: MessageEvent<Told>) => {
    told.push(data);
    if (data.id !== undefined) waiting.get(data.id)?.(data);
  });
  port2.start();
  let last = 0;
  return {
    done,
    told,
    connection,
    send: (message: unknown) => port2.postMessage(message),
    ask: (method: string, params?: object) =>
      new Promise<Told>((resolve) => {
        waiting.set(++last, resolve);
        port2.postMessage({jsonrpc: '2.0', id: last, method, ...(params && {params})});
      }),
  };
}

describe('the messages of an app', () => {
  it('begin with the look and the language, then the input and the result, once', async () => {
    const app = mount();
    const {result} = await app.ask('ui/initialize', {protocolVersion: '2026-01-26'});
    expect(result?.['hostContext']).to.deep.equal({theme: 'dark'});
    app.connection.tellContext();
    app.send({jsonrpc: '2.0', method: 'ui/notifications/initialized'});
    app.send({jsonrpc: '2.0', method: 'ui/notifications/initialized'});
    await app.ask('ping');
    app.connection.tellContext();
    await app.ask('ping');
    expect(app.told.flatMap(({method}) => method ?? [])).to.deep.equal([
      'ui/notifications/tool-input',
      'ui/notifications/tool-result',
      'ui/notifications/host-context-changed',
    ]);
    expect(app.told[1]?.params).to.deep.equal({arguments: {city: 'Oslo'}});
  });

  it('call tools, at most four at once, and are told why a call fails', async () => {
    const app = mount();
    expect((await app.ask('tools/call', {name: 'order', arguments: {drink: 'tea'}})).result).to.deep.equal({
      content: [],
    });
    expect(app.done).to.deep.equal([['order', {drink: 'tea'}]]);
    expect((await app.ask('tools/call', {name: 7})).error?.code).to.equal(-32_602);
    expect((await app.ask('tools/call', {name: 'order', arguments: [1]})).error?.code).to.equal(-32_602);
    const busy = mount({callTool: async () => new Promise(() => {})});
    for (let calls = 0; calls < 4; calls++) void busy.ask('tools/call', {name: 'brew'});
    expect((await busy.ask('tools/call', {name: 'brew'})).error?.message).to.contain('At most 4');
    const failing = mount({callTool: async () => Promise.reject(new Error('Gone.'))});
    expect((await failing.ask('tools/call', {name: 'brew'})).error?.message).to.equal('Gone.');
  });

  it('open only addresses of the web that name no user', async () => {
    const app = mount();
    expect((await app.ask('ui/open-link', {url: 'https://shop.example.com/a'})).result).to.deep.equal({});
    for (const url of [
      'javascript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'https://a@b.example',
      '/a',
      7,
    ]) {
      expect((await app.ask('ui/open-link', {url})).error?.code, String(url)).to.equal(-32_602);
    }
    expect(app.done).to.deep.equal(['https://shop.example.com/a']);
    const declined = mount({openLink: async () => false});
    expect((await declined.ask('ui/open-link', {url: 'https://shop.example.com'})).error?.code).to.equal(-32_000);
  });

  it('put texts into the composer, in both forms of the content, and no long ones', async () => {
    const app = mount();
    await app.ask('ui/message', {
      role: 'user',
      content: [{type: 'text', text: 'A'}, {type: 'image'}, {type: 'text', text: 'B'}],
    });
    await app.ask('ui/message', {role: 'user', content: {type: 'text', text: 'C'}});
    for (const content of [[], [{type: 'text', text: ' '}], [{type: 'text', text: 'x'.repeat(4001)}], 'D']) {
      expect((await app.ask('ui/message', {role: 'user', content})).error?.code).to.equal(-32_602);
    }
    expect(app.done).to.deep.equal(['A\n\nB', 'C']);
    const busy = mount({compose: () => false});
    expect((await busy.ask('ui/message', {content: {type: 'text', text: 'C'}})).error?.code).to.equal(-32_000);
  });

  it('read resources, and tell the model texts and data in place of those before, and no images and no long ones', async () => {
    const app = mount();
    const {result} = await app.ask('resources/read', {uri: 'docs://tea'});
    expect(result).to.deep.equal({contents: [{uri: 'docs://tea', text: 'Tea'}]});
    expect((await app.ask('resources/read', {})).error?.code).to.equal(-32_602);
    const content = [{type: 'text', text: 'Two teas'}];
    await app.ask('ui/update-model-context', {content, structuredContent: {left: 1}});
    await app.ask('ui/update-model-context', {});
    for (const wrong of [[{type: 'image', data: ''}], [{type: 'text', text: 'x'.repeat(8001)}]]) {
      expect((await app.ask('ui/update-model-context', {content: wrong})).error?.code).to.equal(-32_602);
    }
    expect(app.done).to.deep.equal(['docs://tea', 'Two teas\n\n{"left":1}', '']);
    const away = mount({
      async tellModel() {
        throw new Error('Away');
      },
    });
    expect((await away.ask('ui/update-model-context', {content})).error?.message).to.equal('Away');
  });

  it('that are not understood change nothing', async () => {
    const app = mount();
    for (const message of [null, 'hello', 7, [], {id: 1}, {method: 7, id: 1}]) app.send(message);
    app.send({jsonrpc: '2.0', method: 'ui/notifications/size-changed', params: {height: 'tall'}});
    app.send({jsonrpc: '2.0', method: 'ui/notifications/size-changed', params: {height: 120}});
    expect((await app.ask('resources/list')).error?.code).to.equal(-32_601);
    expect((await app.ask('ui/request-display-mode', {mode: 'fullscreen'})).result).to.deep.equal({mode: 'inline'});
    expect(app.done).to.deep.equal([120]);
  });
});
