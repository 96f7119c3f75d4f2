/** deep-chat, the whole widget, with its own reader of the stream and its own history. */
import 'deep-chat';
import {compete} from './bench.ts';
import type {Chat} from './contract.ts';

/** The part of the element that is used here. Not every module resolution can read its own types. */
interface DeepChat extends HTMLElement {
  connect: {url: string; method: string; stream: boolean};
  history: readonly {role: string; text: string}[];
  submitUserMessage(content: {text: string}): void;
  focusInput(): void;
}

function isDeepChat(element: Element): element is DeepChat {
  return 'submitUserMessage' in element && 'focusInput' in element;
}

compete(async (stage, answerPath): Promise<Chat> => {
  const tag: string = 'deep-chat';
  const chat = document.createElement(tag);
  if (!isDeepChat(chat)) throw new Error('deep-chat is not what it was.');
  chat.style.width = '100%';
  chat.style.height = '100%';
  chat.connect = {url: answerPath, method: 'POST', stream: true};
  const rendered = new Promise((resolve) => chat.addEventListener('render', resolve, {once: true}));
  stage.append(chat);
  await rendered;
  const root = chat.shadowRoot;
  if (!root) throw new Error('deep-chat has no shadow root.');

  const scroller = () => {
    const found = root.querySelector<HTMLElement>('#messages');
    if (!found) throw new Error('deep-chat has no list of messages.');
    return found;
  };
  return {
    get scroller() {
      return scroller();
    },
    root,
    answer: () => [...root.querySelectorAll('.ai-message-text')].at(-1),
    focusComposer: () => chat.focusInput(),
    ask() {
      const finished = new Promise<void>((resolve) => {
        chat.addEventListener('message', (event) => {
          const {detail} = event as CustomEvent<{message?: {role?: string}}>;
          if (detail.message?.role === 'ai') resolve();
        });
      });
      chat.submitUserMessage({text: 'A question'});
      return finished;
    },
    async showHistory(answers) {
      chat.history = answers.map((text) => ({role: 'ai', text}));
    },
  };
});
