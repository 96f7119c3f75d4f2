/** Registers the chat's elements. It can be imported twice, beside another copy, and outside of a browser. */
import {ChatletChat} from './elements/chat/chat.ts';
import {ChatletComposer} from './elements/composer/composer.ts';
import {ChatletHistory} from './elements/history/history.ts';
import {ChatletLauncher} from './elements/launcher/launcher.ts';
import {ChatletMessage} from './elements/message/message.ts';
import {ChatletModelPicker} from './elements/model-picker/model-picker.ts';
import {ChatletThread} from './elements/thread/thread.ts';

// The inner elements come first, so that a chat that is already in the page finds them defined when it renders.
const elements = {
  'chatlet-message': ChatletMessage,
  'chatlet-thread': ChatletThread,
  'chatlet-model-picker': ChatletModelPicker,
  'chatlet-composer': ChatletComposer,
  'chatlet-history': ChatletHistory,
  'chatlet-chat': ChatletChat,
  'chatlet-launcher': ChatletLauncher,
};

if (typeof customElements !== 'undefined') {
  for (const [tag, element] of Object.entries(elements)) {
    if (!customElements.get(tag)) customElements.define(tag, element);
  }
}
