/** Registers the element that chooses a model, which a chat fetches if there are several. */
import {register} from '../../register.ts';
import {ChatletModelPicker} from './model-picker.ts';

register({'chatlet-model-picker': ChatletModelPicker});

export {ChatletModelPicker};
