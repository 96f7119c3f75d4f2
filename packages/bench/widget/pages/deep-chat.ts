/** deep-chat, the whole widget, with its own reader of the stream and its own history. */
import 'deep-chat';
import {compete} from './bench.ts';
import type {Chat} from './contract.ts';

compete(async (stage, answerPath): Promise<Chat> => {
  const chat = document.createElement('deep-chat');
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
