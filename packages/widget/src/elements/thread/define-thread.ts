/** Registers the element of the conversation, which a chat fetches when it is opened, beside the messages and not before. */
import {register} from '../../register.ts';
import {ChatletThread} from './thread.ts';

register({'chatlet-thread': ChatletThread});

export {ChatletThread};
