/** A configuration of our server with a store that acknowledges everything and keeps nothing. */
import type {ChatServerConfig, Store} from '@chatlet/server';
import ours from './our.config.ts';

const store: Store = {
  startTurn: async () => {},
  appendEvents: async () => {},
  saveMessage: async () => {},
  chats: async () => ({items: []}),
  chat: async () => undefined,
  renameChat: async () => false,
  forgetOwner: async () => 0,
  deleteChat: async () => false,
  messages: async () => ({items: []}),
  addUsage: async () => {},
  usage: async () => ({items: []}),
  usageSums: async () => [],
  interruptAnswers: async () => 0,
  close: async () => {},
};

export default {...ours, store, secret: 'a secret for benchmarks only'} satisfies ChatServerConfig;
