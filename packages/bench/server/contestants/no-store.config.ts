/** A configuration of our server whose store acknowledges everything and keeps nothing: what is left is the rest. */
import type {ChatServerConfig, Store} from '@chatlet/server';

const store: Store = {
  startTurn: async () => {},
  saveMessage: async () => {},
  chats: async () => ({items: []}),
  chat: async () => undefined,
  renameChat: async () => false,
  deleteChat: async () => false,
  messages: async () => ({items: []}),
  addUsage: async () => {},
  usage: async () => ({items: []}),
  interruptAnswers: async () => 0,
  close: async () => {},
};

export default {store, secret: 'a secret for benchmarks only'} satisfies ChatServerConfig;
