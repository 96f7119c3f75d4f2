/** Our whole chat, `<chatlet-chat>`: the engine of `ours` with everything around an answer. */
import '../../../widget/src/define.ts';
import type {ChatEvent} from '@chatlet/protocol';
import type {Arrival, ChatTransport, MessageInput} from '../../../widget/src/index.ts';
import {compete} from './bench.ts';
import type {Chat} from './contract.ts';
import {tokenChunks} from './read-tokens.ts';

compete(async (stage, answerPath): Promise<Chat> => {
  const chat = document.createElement('chatlet-chat');
  chat.style.blockSize = '100%';
  chat.style.inlineSize = '100%';
  const transport: ChatTransport = {
    async *send(): AsyncGenerator<Arrival | ChatEvent> {
      yield {type: 'message-start', messageId: 'answer', model: 'bench'};
      for await (const tokens of tokenChunks(answerPath)) {
        yield {events: tokens.map((delta) => ({type: 'text-delta', delta}))};
      }
      yield {type: 'message-end', reason: 'stop'};
    },
  };
  chat.transport = transport;
  stage.append(chat);
  await chat.updateComplete;
  // An open chat has fetched it before anybody has written a question.
  await customElements.whenDefined('chatlet-message');
  const thread = () => shadowOf(shadowOf(chat).querySelector('chatlet-thread'));
  const messages = () => thread().querySelectorAll('chatlet-message');
  const show = async (stored: readonly MessageInput[]): Promise<void> => {
    chat.messages = stored;
    const root = thread();
    // A live list: otherwise each new message would cost a search through all of them.
    const shown = root.querySelector('.content')?.getElementsByTagName('chatlet-message');
    if (!shown) throw new Error('The chat has no list of messages.');
    if (shown.length >= stored.length) return;
    await new Promise<void>((resolve) => {
      new MutationObserver((_, observer) => {
        if (shown.length < stored.length) return;
        observer.disconnect();
        resolve();
      }).observe(root, {childList: true, subtree: true});
    });
  };
  return {
    get scroller() {
      const found = thread().querySelector<HTMLElement>('.scroller');
      if (!found) throw new Error('The chat has no list of messages.');
      return found;
    },
    get root() {
      return shadowOf([...messages()].at(-1) ?? null);
    },
    answer: () => [...messages()].at(-1)?.shadowRoot?.querySelector('.answer') ?? undefined,
    focusComposer: () => chat.focusComposer(),
    async ask() {
      await chat.send('A question');
    },
    showHistory: (answers) => show(answers.map((content) => ({role: 'assistant', content}))),
    showTurns: (turns) =>
      show(
        turns.flatMap(({question, answer}) => [
          {role: 'user', content: question},
          {role: 'assistant', content: answer},
        ]),
      ),
  };
});

function shadowOf(element: Element | null): ShadowRoot {
  if (!element?.shadowRoot) throw new Error('The chat is not what it was.');
  return element.shadowRoot;
}
