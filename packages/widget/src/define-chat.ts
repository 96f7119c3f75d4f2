/** Registers the elements that every open chat needs. They fetch the others when they show them. */
import {ChatletChat} from './elements/chat/chat.ts';
import {ChatletComposer} from './elements/composer/composer.ts';
import {register} from './register.ts';

export function defineChat(): void {
  // The inner elements come first, so that a chat that is already in the page finds them defined when it renders.
  register({
    'chatlet-composer': ChatletComposer,
    'chatlet-chat': ChatletChat,
  });
}
