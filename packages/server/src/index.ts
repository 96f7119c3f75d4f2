/** @chatlet/server: the backend of a chat. `createChatServer`, `chatRouter` and the interfaces; nothing else. */
export type {AnswerOptions, PromptMessage, Provider, ProviderRequest, ToolDefinition} from './engine/provider.ts';
export type {Owner, PageRequest, Store, TurnStart, UsageRecord} from './engine/store.ts';
export type {NumberedBatch, RunningTurn, TurnLog} from './engine/turn-log.ts';
