/** The English words of usual answers, and of the lists of models and of pages. Those of thoughts, tools, sources and lists are fetched with the code that shows them. */
import {markdownEnglish} from '../markdown/words.ts';
import {duration} from './duration.ts';
import {openEnglish} from './open-english.ts';
import type {Words} from './words.ts';

export const answerEnglish = {
  ...openEnglish,

  conversation: 'Conversation',
  questionBy: 'You',
  answerBy: 'Answer',
  jumpToLatest: 'Jump to latest',
  olderMessages: 'Show earlier messages',
  waiting: 'Waiting for the answer',
  loading: 'Loading',
  stillWorking: 'Still working…',

  removedNext: 'Next question removed.',
  queueKept: 'Not sent yet.',

  showAll: 'Show all',
  copyAnswer: 'Copy answer',
  copyQuestion: 'Copy question',
  copied: 'Copied',
  regenerate: 'Answer again',
  edit: 'Edit',
  save: 'Send',
  cancel: 'Cancel',
  editQuestion: 'Edit your question',

  thinking: 'Thinking…',
  toolRunning: 'Running',
  toolDone: 'Done',
  toolFailed: 'Failed',
  toolWaiting: 'Waits for you',
  approveTool: (tool) => `Allow “${tool}”?`,
  inputFor: (tool) => `“${tool}” asks you`,
  notFromPages: 'Not from our pages',
  noWords: 'There was no answer in words.',

  queueFull: 'No more questions can wait.',
  reconnecting: 'Connection lost. Picking it up where it was…',
  stopped: 'Stopped',
  cutByLength: 'The answer reached its length limit.',
  cutByFilter: 'A content filter ended the answer.',
  reconnected: 'Connected again.',
  resume: 'Continue',
  signIn: 'Sign in',
  askedAgainIn: (seconds) => `Your question is sent again in ${duration(seconds)}.`,
  errors: {
    'invalid-request': {title: 'This cannot be sent.', text: 'Try to put it differently.'},
    'content-refused': {title: 'This question is not accepted here.', text: 'Try to put it differently.'},
    'plan-limit': {title: 'Too long.', text: 'Shorten the question and send it again.'},
    'quota-exceeded': {title: 'Full.', text: 'Delete old chats and send the question again.'},
    unauthenticated: {title: 'You are not signed in.', text: 'Sign in on this page, then try again.'},
    forbidden: {title: 'Not available here.', text: 'This page may not use the chat.'},
    'not-found': {title: 'This chat is gone.', text: 'Start a new one.'},
    'model-not-found': {title: 'This model is gone.', text: 'Choose another one.'},
    'method-not-allowed': {title: 'This cannot be sent.', text: 'The chat and its server do not fit together.'},
    conflict: {title: 'One answer at a time.', text: 'An answer is still being written in this chat.'},
    'too-large': {title: 'Too large.', text: 'Shorten the question and send it again.'},
    'context-too-long': {title: 'This chat has become too long.', text: 'Start a new one to go on.'},
    'unsupported-media-type': {title: 'This cannot be sent.', text: 'The chat and its server do not fit together.'},
    'rate-limited': {title: 'Too many messages.', text: 'You can send again in a moment.'},
    internal: {title: 'Something went wrong.', text: 'Your question is kept. Try again.'},
    'provider-error': {title: 'The model could not answer.', text: 'Your question is kept. Try again.'},
    'provider-unavailable': {title: 'The model cannot be reached.', text: 'Your question is kept. Try again.'},
    'provider-timeout': {title: 'The model took too long.', text: 'Your question is kept. Try again.'},
    'storage-unavailable': {
      title: 'The server cannot store anything just now.',
      text: 'Your question is kept here. Try again later.',
    },
    'shutting-down': {title: 'The server is restarting.', text: 'Your question is kept. Try again in a moment.'},
    interrupted: {title: 'The answer was interrupted.', text: 'What was said is kept.'},
    ...openEnglish.errors,
    unreadable: {title: 'The answer could not be read.', text: 'The chat and its server do not fit together.'},
  },

  noChatsFound: 'No chat has these words.',
  historyFailed: 'The chats could not be loaded.',
  removed: 'Chat deleted.',

  markdown: markdownEnglish,

  model: 'Model',
  filterModels: 'Filter models',
  noModels: 'No model has these words.',
  perMillion: (price) => `${price} per 1M`,

  pages: 'Pages found',
  saysPages: (count) => (count === 1 ? '1 page found' : `${count} pages found`),
  noPages: 'No page has these words.',
  choosePage: 'Choose a page',
  askChat: 'Ask the chat',

  saysStarted: 'Answer started',
  saysFinished: 'Answer finished',
  saysQueued: 'Your question is sent after this answer.',
  saysNextSent: 'Your next question is sent.',
  saysCode: 'Code example.',
  saysMore: (sentences) => `Answer continues, ${sentences} more ${sentences === 1 ? 'sentence' : 'sentences'}.`,
} satisfies Partial<Words>;
