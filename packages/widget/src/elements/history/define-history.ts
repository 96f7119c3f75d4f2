/** Registers the element of the history, which a chat fetches when it shows it. */
import {register} from '../../register.ts';
import {ChatletHistory} from './history.ts';

register({'chatlet-history': ChatletHistory});

export {ChatletHistory};
