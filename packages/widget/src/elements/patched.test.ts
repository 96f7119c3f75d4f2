/**
 * The whole element on a page whose old libraries have replaced natives, as Prototype.js before 2015 and MooTools did, and
 * in a browser that denies storage. The patches are made before the chat is loaded, as they are on such a page.
 */
import {expect} from '@open-wc/testing';
import {end, fakeTransport, say, start} from '../client/testing/fake-transport.ts';
import {find, findAll, until} from './testing/look.ts';

const answer = `Here is a **table**:

| A | B |
| --- | --: |
| 1 | 2 |

1. One
   - inner
2. Two

> quoted \`code\`

\`\`\`js
let x = 1;
\`\`\`

The end, see [it](https://docs.example/).`;

/** What old libraries have put in the place of natives of the same name. */
const patches: readonly (readonly [object, string, unknown])[] = [
  [
    Array.prototype,
    'entries',
    function (this: unknown[]) {
      return this.slice();
    },
  ],
  [
    Array.prototype,
    'reduce',
    function (this: unknown[]) {
      return this.length > 1 ? this : this[0];
    },
  ],
  [
    Array.prototype,
    'first',
    function (this: unknown[]) {
      return this[0];
    },
  ],
  [
    Array.prototype,
    'each',
    function (this: unknown[], visit: (item: unknown) => void) {
      this.forEach(visit);
    },
  ],
  [Array, 'from', (items: ArrayLike<unknown>) => (items === null ? [] : [].slice.call(items))],
  [Function.prototype, 'extend', () => {}],
  [
    String.prototype,
    'contains',
    function (this: string, text: string) {
      return this.includes(text);
    },
  ],
  [Object.prototype, 'each', () => {}],
];
const blocked = () => {
  throw new DOMException('The operation is insecure.', 'SecurityError');
};

/** Patches while `use` runs. A test runner on the same page needs the natives back. */
async function patched<Result>(list: typeof patches, use: () => Promise<Result>): Promise<Result> {
  const before = list.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name));
  for (const [owner, name, value] of list) {
    Object.defineProperty(owner, name, {value, configurable: true, writable: true, enumerable: owner !== Array});
  }
  try {
    return await use();
  } finally {
    for (let index = 0; index < list.length; index++) {
      const [owner, name] = list[index] ?? [{}, ''];
      const native = before[index];
      if (native) Object.defineProperty(owner, name, native);
      else Reflect.deleteProperty(owner, name);
    }
  }
}

async function answerIn(): Promise<string> {
  await import('../define.ts');
  const transport = fakeTransport({chats: []});
  const element = document.createElement('chatlet-chat');
  element.transport = transport;
  const box = document.createElement('div');
  box.style.cssText = 'inline-size: 400px; block-size: 600px';
  box.append(element);
  document.body.append(box);
  await element.updateComplete;
  void element.send('Hello');
  const stream = await transport.next();
  await stream.give(start);
  for (let at = 0; at < answer.length; at += 7) await stream.give(say(answer.slice(at, at + 7)));
  await stream.give(end);
  const root = element.renderRoot;
  await until('the answer is complete', () => findAll(root, '.regenerate').length === 1);
  const shown = find(root, '.text').innerHTML.replaceAll(/<!--.*?-->/g, '');
  box.remove();
  return shown;
}

describe('the chat on a page that is not ours', () => {
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
  });

  it('K20 shows the same answer whatever old libraries have made of natives', async () => {
    const shown = await patched(patches, answerIn);
    expect(shown).to.include('<td').and.to.include('<li').and.to.include('The end, see');
    sessionStorage.clear();
    expect(shown).to.equal(await answerIn());
  });

  it('K21 answers if everything that stores throws', async () => {
    const denied: typeof patches = [
      [
        window,
        'BroadcastChannel',
        function BlockedChannel() {
          blocked();
        },
      ],
      [navigator, 'locks', {request: blocked}],
      [window, 'indexedDB', {open: blocked}],
      [window, 'caches', {open: blocked}],
    ];
    const storages = ['localStorage', 'sessionStorage'].map(
      (name) => [name, Object.getOwnPropertyDescriptor(window, name)] as const,
    );
    for (const [name] of storages) Object.defineProperty(window, name, {get: blocked, configurable: true});
    try {
      expect(await patched(denied, answerIn)).to.include('The end, see');
    } finally {
      for (const [name, native] of storages) if (native) Object.defineProperty(window, name, native);
    }
  });
});
