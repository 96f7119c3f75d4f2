/**
 * Registers the element of a message, with the Markdown engine in it. The thread fetches this file when a chat is opened, so
 * that the panel does not wait for it, nor the first answer.
 */
import {warmUp} from '../../markdown/index.ts';
import {register} from '../../register.ts';
import {ChatletMessage} from './message.ts';
import {prepareTimes} from './time-text.ts';

register({'chatlet-message': ChatletMessage});
warmUp();
void prepareTimes();

export {ChatletMessage};
