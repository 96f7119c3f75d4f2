/** Registers the chat's elements without the launcher, and without the message, which the thread fetches. */
import {ChatletChat} from './elements/chat/chat.ts';
import {ChatletComposer} from './elements/composer/composer.ts';
import {ChatletHistory} from './elements/history/history.ts';
import {ChatletModelPicker} from './elements/model-picker/model-picker.ts';
import {ChatletThread} from './elements/thread/thread.ts';
import {register} from './register.ts';

// The inner elements come first, so that a chat that is already in the page finds them defined when it renders.
register({
  'chatlet-thread': ChatletThread,
  'chatlet-model-picker': ChatletModelPicker,
  'chatlet-composer': ChatletComposer,
  'chatlet-history': ChatletHistory,
  'chatlet-chat': ChatletChat,
});
