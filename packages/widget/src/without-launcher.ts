/** Everything that the package exports but the elements that the script tag has in files of their own. */
export {ChatletChat} from './elements/chat/chat.ts';
export type {MessageInput} from './elements/chat/chat.ts';
export {ChatletComposer} from './elements/composer/composer.ts';
export {
  ChatAnsweredEvent,
  ChatChangeEvent,
  ChatCloseEvent,
  ChatErrorEvent,
  ChatModelChangeEvent,
  ChatOpenEvent,
  ChatSendEvent,
  ChatSignInEvent,
  ChatStoppedEvent,
} from './events.ts';
export type {Api} from './client/backends.ts';
export type {AutoRetry, ChatState, ChatStatus, HistoryState, Problem, ShownMessage} from './client/chat-state.ts';
export type {Renderer, Renderers} from './markdown/index.ts';
export {isAnswering} from './client/chat-state.ts';
export {ChatStore} from './client/chat-store.ts';
export type {ChatStoreOptions, ForgetOptions} from './client/chat-store.ts';
export {setDefaultEndpoint} from './client/default-endpoint.ts';
export {browserEnvironment} from './client/environment.ts';
export type {Environment} from './client/environment.ts';
export {createHttpTransport} from './client/http-transport.ts';
export type {HeadersSource, HttpTransportOptions, TokenSource} from './client/http-transport.ts';
export {createStorage} from './client/storage.ts';
export type {ChatStorage, StorageMode, StorageNamespace, StorageOptions} from './client/storage.ts';
export type {
  Arrival,
  ChatConfig,
  ChatHistory,
  ChatQuestion,
  ChatRequest,
  ChatTransport,
  ChatTrigger,
  ExportFormat,
  LoadedMessages,
  ModelChoice,
} from './client/transport.ts';
export {addTranslation} from './translations/index.ts';
export type {ErrorWords, Words} from './translations/words.ts';
export type * from './frameworks.ts';
export type {ChatEvents, ChatProps, LauncherEvents, LauncherProps} from './tags.ts';
