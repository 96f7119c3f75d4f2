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
  const root = shadowOf(shadowOf(chat).querySelector('chatlet-thread'));
  const scroller = root.querySelector<HTMLElement>('.scroller');
  if (!scroller) throw new Error('The chat has no list of messages.');
  // A live list: otherwise each look at the newest message would cost a search through all of them.
  const messages = scroller.getElementsByTagName('chatlet-message');
  const newest = () => messages[messages.length - 1];
  const show = async (stored: readonly MessageInput[]): Promise<void> => {
    chat.messages = stored;
    if (messages.length >= stored.length) return;
    await new Promise<void>((resolve) => {
      new MutationObserver((_, observer) => {
        if (messages.length < stored.length) return;
        observer.disconnect();
        resolve();
      }).observe(root, {childList: true, subtree: true});
    });
  };
  return {
    scroller,
    get root() {
      return shadowOf(newest());
    },
    answer: () => newest()?.shadowRoot?.querySelector('.answer') ?? undefined,
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

function shadowOf(element: Element | null | undefined): ShadowRoot {
  if (!element?.shadowRoot) throw new Error('The chat is not what it was.');
  return element.shadowRoot;
}
