/** The chat and the browser's own agents, with a stand-in for WebMCP that does as Chromium 156 behind its flag. */
import {expect} from '@open-wc/testing';
import type {ChatEvent, PageToolDefinition} from '@chatlet/protocol';
import {end, fakeTransport, say, start} from '../../client/testing/fake-transport.ts';
import {chatInBox} from '../testing/chat.ts';
import {settled, until} from '../testing/look.ts';

interface Registered {
  readonly name: string;
  readonly description: string;
  readonly inputSchema?: unknown;
  readonly annotations?: Readonly<Record<string, boolean>>;
  readonly window?: unknown;
  execute(input: unknown, context: {readonly signal: AbortSignal}): unknown;
}

class FakeModelContext extends EventTarget {
  readonly registered = new Map<string, Registered>();
  readonly inputs: unknown[] = [];

  async registerTool(tool: Registered, {signal}: {signal?: AbortSignal} = {}): Promise<void> {
    if (this.registered.has(tool.name)) throw new DOMException('Duplicate tool name', 'InvalidStateError');
    this.registered.set(tool.name, tool);
    signal?.addEventListener('abort', () => {
      this.registered.delete(tool.name);
      this.dispatchEvent(new Event('toolchange'));
    });
    this.dispatchEvent(new Event('toolchange'));
  }

  async getTools(): Promise<readonly object[]> {
    return [...this.registered.values()].map((tool) => ({window, ...tool, execute: undefined}));
  }

  async executeTool({name}: Registered, input: unknown, {signal}: {signal: AbortSignal}): Promise<string> {
    this.inputs.push(input);
    const result = await this.registered.get(name)?.execute(input, {signal});
    // As the browser does, also of `undefined`.
    const text: unknown = JSON.stringify(result);
    return typeof result === 'string' ? result : String(text);
  }

  /** As the browser's agent does. */
  call(name: string, input: unknown, signal = new AbortController().signal): Promise<unknown> {
    const tool = this.registered.get(name);
    if (!tool) throw new Error(`There is no ${name}.`);
    return Promise.resolve(tool.execute(input, {signal}));
  }
}

function putInto(place: object, context: object): void {
  Object.defineProperty(place, 'modelContext', {configurable: true, value: context});
}

function useFake(): FakeModelContext {
  const context = new FakeModelContext();
  putInto(document, context);
  return context;
}

async function chat(webmcp?: 'take' | 'offer' | 'both') {
  const transport = fakeTransport();
  const {element} = await chatInBox(transport);
  element.heading = 'Ask Acme';
  if (webmcp) element.webmcp = webmcp;
  await settled();
  return {element, transport};
}

const article = {type: 'object', properties: {article: {type: 'string'}}};
const names = ({tools}: {tools: readonly {name: string}[] | undefined}) => (tools ?? []).map(({name}) => name);

describe('WebMCP', () => {
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
  });
  afterEach(() => {
    for (const place of [document, navigator]) Reflect.deleteProperty(place, 'modelContext');
  });

  it('is not used unless the page wants it', async () => {
    const context = useFake();
    await context.registerTool({name: 'add', description: 'Adds.', execute: () => 1});
    const {element} = await chat();
    await settled();
    expect(names(element)).to.deep.equal([]);
    expect([...context.registered.keys()]).to.deep.equal(['add']);
  });

  it('gives the model the functions of the page, with the same rules of consent, as long as the page has them', async () => {
    const context = useFake();
    const {element, transport} = await chat('take');
    element.registerTool({name: 'mine', description: 'Mine.', run: () => 1});
    const leaving = new AbortController();
    const ran = (input: unknown) => ({input});
    await context.registerTool({name: 'mine', description: 'Not mine.', execute: ran});
    await context.registerTool({name: 'of-a-frame', description: 'A frame’s.', window: {}, execute: ran});
    await context.registerTool({
      name: 'cart.add',
      description: 'Adds an article.',
      inputSchema: article,
      annotations: {readOnlyHint: false, consequentialHint: true},
      execute: ran,
    });
    await context.registerTool(
      {name: 'read', description: 'Reads.', annotations: {readOnlyHint: true}, execute: ran},
      {signal: leaving.signal},
    );
    await until('both are taken', () => names(element).join() === 'mine,cart_add,read');

    void element.send('Add tea');
    const stream = await transport.next();
    const {pageTools} = stream.request as unknown as {readonly pageTools: readonly PageToolDefinition[]};
    expect(pageTools.slice(1)).to.deep.equal([
      {
        name: 'cart_add',
        description: 'Adds an article.',
        inputSchema: article,
        annotations: {destructiveHint: true},
      },
      {
        name: 'read',
        description: 'Reads.',
        inputSchema: {type: 'object', properties: {}},
        annotations: {readOnlyHint: true},
      },
    ]);
    await stream.give(start, say('Yes.'), end);

    const {signal} = new AbortController();
    expect(await element.tools?.[1]?.run({article: 'tea'}, {signal})).to.deep.equal({input: {article: 'tea'}});
    const [, , read] = element.tools ?? [];
    leaving.abort();
    await until('it is gone', () => names(element).join() === 'mine,cart_add');
    expect(read?.signal?.aborted, 'a call that runs is told').to.equal(true);

    element.tools = [{name: 'other', description: 'Other.', run: () => 1}];
    await until('the page’s own have changed', () => names(element).join() === 'other,cart_add');
    element.webmcp = undefined;
    await until('nothing is taken any more', () => names(element).join() === 'other');
  });

  it('takes the frame of MCP off a result, and a failure as one', async () => {
    const context = useFake();
    const content = [{type: 'text', text: 'One.'}, {type: 'image'}, {type: 'text', text: 'Two.'}];
    const results: Readonly<Record<string, unknown>> = {
      framed: {content},
      failed: {content, isError: true},
      plain: 'Plain.',
      nothing: undefined,
    };
    for (const [name, result] of Object.entries(results)) {
      await context.registerTool({name, description: 'A function.', execute: () => result});
    }
    const {element} = await chat('take');
    await until('all are taken', () => names(element).length === 4);
    const run = (name: string) =>
      Promise.resolve(
        element.tools?.find((tool) => tool.name === name)?.run({}, {signal: new AbortController().signal}),
      );
    expect(await run('framed')).to.equal('One.\nTwo.');
    expect(await run('plain')).to.equal('Plain.');
    expect(await run('nothing')).to.equal(null);
    expect(await run('failed').catch((error: Error) => error.message)).to.equal('One.\nTwo.');
  });

  it('writes input as text where the schema is a text, as in earlier drafts', async () => {
    const context = useFake();
    const inputSchema = JSON.stringify(article);
    await context.registerTool({name: 'add', description: 'Adds.', inputSchema, execute: () => 'done'});
    const {element} = await chat('take');
    await until('it is taken', () => names(element).length === 1);
    expect(element.tools?.[0]?.inputSchema).to.deep.equal(article);
    await element.tools?.[0]?.run({article: 'tea'}, {signal: new AbortController().signal});
    expect(context.inputs).to.deep.equal(['{"article":"tea"}']);
  });

  it('lets the browser’s agents ask the chat, in which the visitor sees it, and gives the answer with its sources', async () => {
    const context = useFake();
    const {element, transport} = await chat('offer');
    await until('it is offered', () => context.registered.has('ask-this-site'));
    expect(context.registered.get('ask-this-site')?.description).to.contain('(Ask Acme)');
    expect(names(element), 'nothing is taken').to.deep.equal([]);
    const source: ChatEvent = {type: 'source', id: '1', title: 'Tea', url: 'https://docs.example/tea'};
    const bad: ChatEvent = {type: 'source', id: '2', title: 'Coffee', url: 'javascript:alert(1)'};
    const asked = context.call('ask-this-site', {question: 'How hot?'});
    const stream = await transport.next();
    expect(element.messages[0]?.parts).to.deep.equal([{type: 'text', text: 'How hot?'}]);

    const busy = await context.call('ask-this-site', {question: 'And now?'}).catch((error: Error) => error.message);
    expect(busy).to.contain('takes no question now');
    await stream.give(start, source, bad, say('At 95 °C.'), end);
    const text = 'At 95 °C.\n\nSources:\n- Tea: https://docs.example/tea\n- Coffee';
    expect(await asked).to.deep.equal({content: [{type: 'text', text}]});

    for (const input of [{}, {question: ' '}, {question: 'x'.repeat(4001)}, 'How?', null]) {
      const refused = await context.call('ask-this-site', input).catch((error: Error) => error.message);
      expect(refused).to.equal('The question is a text of at most 4000 characters.');
    }
    expect(transport.opened.length).to.equal(1);
  });

  it('ends with the agent’s signal, and tells it of a failure', async () => {
    const context = useFake();
    const {transport} = await chat('offer');
    await until('it is offered', () => context.registered.has('ask-this-site'));
    const agent = new AbortController();
    const asked = context.call('ask-this-site', {question: 'How hot?'}, agent.signal);
    const stream = await transport.next();
    await stream.give(start, say('At '));
    agent.abort();
    await until('it is stopped', () => transport.calls.includes('stop chat_1'));
    await stream.give({type: 'message-end', reason: 'stopped'});
    expect(await asked).to.deep.equal({content: [{type: 'text', text: 'At'}]});

    const failed = context.call('ask-this-site', {question: 'How hot?'}).catch((error: Error) => error.message);
    const next = await transport.next();
    await next.give(start, {type: 'error', code: 'internal', message: 'It broke.', retryable: false});
    expect(await failed).to.equal('It broke.');
  });

  it('takes no function by which agents ask a chat, and ends its offer with the chat', async () => {
    const context = useFake();
    const {element} = await chat('both');
    await until('it is offered', () => context.registered.has('ask-this-site'));
    await context.registerTool({name: 'add', description: 'Adds.', execute: () => 1});
    await until('the other one is taken', () => names(element).join() === 'add');
    element.remove();
    await until('it is offered no more', () => !context.registered.has('ask-this-site'));
  });

  it('is offered at the navigator, too, where drafts of early 2026 had it', async () => {
    const offered = new Set<string>();
    putInto(navigator, {
      registerTool: ({name}: {name: string}) => void offered.add(name),
      unregisterTool: (name: string) => void offered.delete(name),
    });
    const {element} = await chat('both');
    await until('it is offered', () => offered.has('ask-this-site'));
    element.webmcp = 'take';
    await until('it is offered no more', () => offered.size === 0);
  });
});
