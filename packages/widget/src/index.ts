/** @chatlet/widget: the elements as classes, and the headless parts under them. Defines no element: `@chatlet/widget/define` does. */
export {ChatletHistory} from './elements/history/history.ts';
export {ChatletLauncher} from './elements/launcher/launcher.ts';
export {ChatletMessage} from './elements/message/message.ts';
export {ChatletModelPicker} from './elements/model-picker/model-picker.ts';
export {ChatletThread} from './elements/thread/thread.ts';
export * from './without-launcher.ts';
