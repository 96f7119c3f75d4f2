/**
 * @chatlet/widget: the elements as classes, and the headless parts under them. Defines no element: `defineElements()` and
 * `@chatlet/widget/define` do.
 */
export {defineElements} from './define-elements.ts';
export {ChatletHistory} from './elements/history/history.ts';
export {ChatletLauncher} from './elements/launcher/launcher.ts';
export {ChatletMessage} from './elements/message/message.ts';
export {ChatletModelPicker} from './elements/model-picker/model-picker.ts';
export {ChatletThread} from './elements/thread/thread.ts';
export * from './without-launcher.ts';
