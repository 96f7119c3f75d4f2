/**
 * The frame with the app of a tool, which shows the result of a call (MCP Apps). A chunk that a message loads when a call has
 * an app; plain DOM, as the cards. The frame is of an opaque origin: it reaches neither the page nor the server, and asks for
 * everything by messages. Knows no HTTP.
 */
import {ChatError, type JsonObject, asString, isObject} from '@chatlet/protocol';
import type {AppCall, ToolReply} from '../../client/transport.ts';
import {makeElement, makeStyles} from '../make-element.ts';
import {type AppConnection, connectApp} from './app-bridge.ts';
import {createApprovalCard} from './approval-card.ts';
import {type WaitingCard, makeButton, putCardStyles} from './card-parts.ts';

/** Pixels. A page that is higher scrolls in its frame. */
const height = {least: 40, most: 640};

const putAppStyles = makeStyles(`
  .app {
    inline-size: 100%;
    margin-block: 8px;
    outline-color: light-dark(#fff, #000);
    /* Tells of a change between light and dark. Nothing moves, so it stays for those who want no motion. */
    transition: outline-color 1ms !important;
  }

  .app [role='status']:empty {
    display: none;
  }

  .app iframe {
    display: block;
    box-sizing: border-box;
    inline-size: 100%;
    block-size: 240px;
    border: 1px solid var(--_line);
    border-radius: 14px;
    background: var(--_background);
  }

  .app iframe:focus-visible {
    outline: 2px solid var(--_focus);
    outline-offset: 2px;
  }

  .app .address {
    overflow-wrap: anywhere;
    text-align: start;
    color: var(--_muted);
  }

  .app a.button {
    text-decoration: none;
    overflow-wrap: anywhere;
  }
`);

/** MCP's names of styles, and ours. */
const variables = {
  '--color-background-primary': '--_background',
  '--color-background-secondary': '--_surface',
  '--color-text-primary': '--_ink',
  '--color-text-secondary': '--_muted',
  '--color-border-primary': '--_line',
  '--color-ring-primary': '--_focus',
  '--font-sans': '--_font',
};

/** Times that an app is opened whose call the server does not know yet, and milliseconds in between. */
const openTries = 4;
const openPause = 700;

/** Times that the server is told what the model shall read while the answer is written, and milliseconds in between. */
const contextTries = 60;
const contextPause = 1_000;

/** Makes the box of the frame for `root`. The app is opened when the box comes into view. */
export function createAppFrame(root: ShadowRoot, call: WaitingCard): HTMLElement {
  putCardStyles(root);
  putAppStyles(root);
  const {part, messageId, words, perform} = call;
  const {callId, app = {}} = part;
  const title = asString(app['title']) ?? part.name;
  const status = makeElement('p', {role: 'status'});
  const box = makeElement('div', {class: 'app', part: 'app'}, status);
  /** Definitions of tools that the visitor has allowed for as long as the frame is there. */
  const allowed = new Set<string>();
  let asks = 0;
  let connection: AppConnection | undefined;

  /** @throws ChatError */
  const ask = (asked: AppCall) =>
    perform({
      type: 'run',
      async run({store}) {
        const {chatId} = store.getState();
        if (chatId === undefined || !store.transport.callApp) throw new ChatError('not-found');
        const {base, body} = await store.transport.callApp(chatId, {messageId, callId}, asked);
        return {...(isObject(body) ? body : {}), base};
      },
    }) as Promise<Readonly<Record<string, unknown>> | undefined>;

  /** Shows a card until it is answered. The focus goes into it if it is in the frame, and back. */
  const showCard = <Answer>(make: (answer: (given: Answer) => void) => HTMLElement, heading: string): Promise<Answer> =>
    new Promise((resolve) => {
      const wasInFrame = root.activeElement === frame;
      const card = make((given) => {
        const goesBack = card.contains(root.activeElement);
        card.remove();
        if (goesBack) frame.focus();
        resolve(given);
      });
      card.tabIndex = -1;
      box.append(card);
      card.scrollIntoView({block: 'nearest'});
      if (wasInFrame) card.focus();
      void perform({type: 'say', text: heading});
    });

  /** The visitor's answer to a call that needs an approval. */
  const askVisitor = ({name, definition, destructive}: Approval, input: JsonObject) => {
    asks += 1;
    const wait = {ask: 'approval', definition, destructive, expiresAt: ''} as const;
    const shown = {type: 'tool', callId: `${callId}-${asks}`, name, input, state: 'waiting', wait} as const;
    return showCard<ToolReply>(
      (answer) =>
        createApprovalCard(root, {
          part: shown,
          messageId,
          words,
          perform: async (action) => action.type === 'answer-tool' && answer(action.reply),
        }),
      words.approveTool(name),
    );
  };

  async function callTool(name: string, input: JsonObject): Promise<JsonObject> {
    let asked: AppCall = {name, arguments: input};
    for (;;) {
      const {result, approval: needed} = (await ask(asked)) ?? {};
      if (isObject(result)) return result as JsonObject;
      const approval = readApproval(needed);
      // A tool that changes while it is approved is asked for anew.
      if (!approval || asked.approved === approval.definition) throw new Error(words.toolFailed);
      const {definition} = approval;
      if (!allowed.has(definition)) {
        const reply = await askVisitor(approval, asked.arguments ?? {});
        if (!('approval' in reply) || reply.approval === 'refused') {
          const reason = 'reason' in reply ? reply.reason : undefined;
          return toError(reason === undefined ? 'The person refused.' : `The person refused, and said: ${reason}`);
        }
        if (reply.approval === 'chat') allowed.add(definition);
        if (isObject(reply.input)) asked = {...asked, arguments: reply.input};
      }
      asked = {...asked, approved: definition};
    }
  }

  async function readResource(uri: string): Promise<JsonObject> {
    const {result} = (await ask({resource: uri})) ?? {};
    if (!isObject(result)) throw new Error(words.toolFailed);
    return result as JsonObject;
  }

  let newest = '';
  let telling: Promise<void> | undefined;
  /** The server keeps it with the call, which it cannot change while the answer is being written. */
  async function tellNewest(): Promise<void> {
    for (let tries = 1; ; tries++) {
      const told = newest;
      try {
        await ask({modelContext: told});
        if (told === newest) return;
      } catch (error) {
        const isWritten = error instanceof ChatError && error.code === 'conflict';
        if (!isWritten || tries >= contextTries) throw error;
        await new Promise((resolve) => void setTimeout(resolve, contextPause));
      }
    }
  }
  async function tellModel(text: string): Promise<void> {
    newest = text;
    telling ??= tellNewest().finally(() => (telling = undefined));
    await telling;
  }

  let isAsking = false;
  async function openLink(url: URL): Promise<boolean> {
    if (isAsking) return false;
    isAsking = true;
    const opened = await showCard<boolean>((answer) => {
      const {protocol, host, href} = url;
      const rest = href.slice(protocol.length + 2 + host.length);
      const link = makeElement(
        'a',
        {class: 'button primary', href, target: '_blank', rel: 'noopener noreferrer', referrerpolicy: 'no-referrer'},
        words.openHost(host),
      );
      // The browser follows the link first.
      link.addEventListener('click', () => setTimeout(() => answer(true)));
      const decline = makeButton(words.declineInput, () => answer(false));
      const heading = words.inputFor(title);
      return makeElement(
        'div',
        {class: 'approval', part: 'approval', role: 'group', 'aria-label': heading},
        makeElement('p', {class: 'ask'}, heading),
        makeElement('p', {class: 'address', dir: 'ltr'}, `${protocol}//`, makeElement('b', {}, host), rest),
        makeElement('div', {class: 'answers'}, link, decline),
      );
    }, words.inputFor(title));
    isAsking = false;
    return opened;
  }

  /** A visitor who is writing keeps the words. */
  function compose(text: string): boolean {
    let isPut = false;
    const isInFrame = root.activeElement === frame;
    void perform({
      type: 'run',
      run({store, chat}) {
        isPut = store.getState().draft.trim() === '';
        if (isPut) store.setDraft(text);
        if (isPut && isInFrame) chat.focusComposer();
      },
    });
    return isPut;
  }

  function context(): JsonObject {
    const style = getComputedStyle(box);
    const styles = Object.entries(variables).map(([name, own]) => [name, style.getPropertyValue(own)] as const);
    return {
      theme: style.outlineColor === 'rgb(0, 0, 0)' ? 'dark' : 'light',
      styles: {variables: Object.fromEntries(styles.filter(([, value]) => value !== ''))},
      displayMode: 'inline',
      availableDisplayModes: ['inline'],
      containerDimensions: {width: box.clientWidth, maxHeight: height.most},
      locale: words.language,
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      platform: 'web',
    };
  }

  const frame = makeElement('iframe', {
    title,
    sandbox: 'allow-scripts',
    allow: '',
    referrerpolicy: 'no-referrer',
  });
  frame.addEventListener('load', () => {
    connection?.close();
    const {port1, port2} = new MessageChannel();
    const {input} = part;
    const {result} = app;
    connection = connectApp(port1, {
      input: isObject(input) ? input : {},
      result: isObject(result) ? result : toError('The result is too long.'),
      context,
      callTool,
      readResource,
      tellModel,
      openLink,
      compose,
      resize(wanted) {
        frame.style.blockSize = `${Math.min(height.most, Math.max(height.least, Math.ceil(wanted) + 2))}px`;
      },
    });
    // An opaque origin has no name. Nobody but the document around the app is in the frame.
    frame.contentWindow?.postMessage(title, '*', [port2]);
  });
  // The colours change when the page or the device changes between light and dark.
  box.addEventListener('transitionend', ({target}) => target === box && connection?.tellContext());

  async function open(): Promise<void> {
    status.textContent = words.loading;
    for (let tries = 1; ; tries++) {
      try {
        const {base, url} = (await ask({})) ?? {};
        if (typeof url !== 'string') throw new ChatError('not-found');
        frame.src = `${asString(base) ?? ''}${url}`;
        status.textContent = '';
        box.prepend(frame);
        return;
      } catch (error) {
        const isUnknown = error instanceof ChatError && error.code === 'not-found';
        if (!isUnknown) {
          status.replaceChildren(
            `${words.errors.internal.title} `,
            makeButton(words.retry, () => void open()),
          );
          return;
        }
        // The tool has no app any more. Its result is still there as text.
        if (tries === openTries) {
          box.remove();
          return;
        }
        // While the answer is being written, the server stores the call a moment later.
        await new Promise((resolve) => setTimeout(resolve, openPause));
      }
    }
  }

  const observer = new IntersectionObserver((entries) => {
    if (!entries.some(({isIntersecting}) => isIntersecting)) return;
    observer.disconnect();
    void open();
  });
  observer.observe(box);
  return box;
}

interface Approval {
  readonly name: string;
  readonly definition: string;
  readonly destructive: boolean;
}

function readApproval(value: unknown): Approval | undefined {
  if (!isObject(value)) return undefined;
  const name = asString(value['name']);
  const definition = asString(value['definition']);
  if (name === undefined || definition === undefined) return undefined;
  return {name, definition, destructive: value['destructive'] === true};
}

function toError(text: string): JsonObject {
  return {content: [{type: 'text', text}], isError: true};
}
