export {textOf} from '@chatlet/protocol';
