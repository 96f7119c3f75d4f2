/** The English words of an open chat. */
import {duration} from './duration.ts';
import {openWordFor} from './open-words.ts';
import type {Words} from './words.ts';

export const openEnglish = {
  language: 'en',
  heading: 'Chat',
  greeting: 'What can I help with?',
  introduction: '',
  aiNotice: 'You are chatting with an AI.',
  temporary: 'Temporary chat: it is deleted when you leave.',
  placeholder: 'Ask anything…',
  replyPlaceholder: 'Reply…',
  send: 'Send',
  stop: 'Stop',
  composerLabel: 'Your message',
  starters: 'Questions to start with',
  newChat: 'New chat',
  open: openWordFor('en'),
  close: 'Close chat',
  resize: 'Resize: arrow keys, or Enter for large',
  large: 'Large view',
  unread: 'New answer',
  askNext: 'Send as next question',
  retry: 'Retry',
  retryIn: (seconds) => `Retry in ${duration(seconds)}`,
  sendAgainIn: (seconds) => `You can send again in ${duration(seconds)}.`,
  history: 'Chats',
  chooseModel: (current) => `Model: ${current}`,
  errors: {
    network: {title: 'No connection.', text: 'Your question is kept. Try again when you are online.'},
  },
} satisfies Partial<Omit<Words, 'errors'>> & {readonly errors: Partial<Words['errors']>};
