/** The parts that a page can style (`::part()`), for `exportparts`: those of an element, and those of the elements in it. */
export const messageParts =
  'question, bubble, answer, text, reasoning, tool, app, approval, person, ask-person, sources, source-card, not-from-pages, follow-ups, actions, notice';
export const threadParts = `thread, message, jump, ${messageParts}`;
export const composerParts = 'composer, input, send, stop, found, pages, page';
export const historyParts = 'history, chat-item, new-chat, all-chats';
export const chatParts = `chat, header, heading, greeting, ai-notice, temporary, starter, footer, disclaimer, connection, queue, queued, help, model-button, model-list, model-option, ${threadParts}, ${composerParts}, ${historyParts}`;
