/**
 * `<chatlet-chat>` and `<chatlet-launcher>` as components of Vue 3, also if a server has rendered them: with typed props and
 * events, `v-model:chat-id`, `v-model:model` and `v-model:open`, and without `isCustomElement`.
 */
import {defineComponent, h, onMounted, shallowRef, watch} from 'vue';
import type {ComponentOptionsMixin, DefineComponent, HTMLAttributes, PublicProps} from 'vue';
import type {ChatletChat, ChatletLauncher} from '@chatlet/widget';
import {chatTag, defineElements, eventName, launcherTag, setProps} from '@chatlet/widget/wrapping';
import type {
  ChatEvents as ChatElementEvents,
  ChatProps,
  EventName,
  LauncherEvents as LauncherElementEvents,
  LauncherProps,
  Tag,
} from '@chatlet/widget/wrapping';

/** `chatlet-chat-change` → `chatChange`, for which a template writes `@chat-change`. */
type Emits<Events> = {
  [Name in keyof Events & string as EventName<Name>]: (event: Events[Name]) => void;
};

/** Events of `<chatlet-chat>` without their prefix, and those of `v-model`. */
export type ChatEvents = Emits<ChatElementEvents> & {
  'update:chatId': (chatId: string | undefined) => void;
  'update:model': (model: string) => void;
};
/** As `ChatEvents`, of `<chatlet-launcher>`. */
export type LauncherEvents = Emits<LauncherElementEvents> & {
  'update:model': (model: string) => void;
  'update:open': (open: boolean) => void;
};
export type {ChatProps, LauncherProps};

type EventProps<Events> = {
  readonly [Name in keyof Events & string as `on${Capitalize<Name>}`]?: Events[Name] | undefined;
};

// oxlint-disable-next-line typescript/no-generated-empty-object-type -- Vue's own word for “has none”.
type Nothing = Record<never, never>;

/** `element` of a template ref is the element, with all methods. */
type Wrapped<Element, Props, Events extends Record<string, (value: never) => void>> = DefineComponent<
  Props,
  {readonly element: Element | null},
  Nothing,
  Nothing,
  Nothing,
  ComponentOptionsMixin,
  ComponentOptionsMixin,
  Events,
  string,
  PublicProps & Omit<HTMLAttributes, keyof Props>,
  Props & EventProps<Events>
>;

/** A chat that fills its box. */
export const Chat = wrap<ChatletChat, ChatProps, ChatEvents>(chatTag, 'Chat');

/** A button in the corner that opens a chat. */
export const Launcher = wrap<ChatletLauncher, LauncherProps, LauncherEvents>(launcherTag, 'Launcher');

/** What `v-model` takes of each event. */
const models: Readonly<Record<string, (event: object) => readonly [prop: string, value: unknown]>> = {
  'chatlet-chat-change': (event) => ['chatId', Reflect.get(event, 'chatId')],
  'chatlet-model-change': (event) => ['model', Reflect.get(event, 'model')],
  'chatlet-open': () => ['open', true],
  'chatlet-close': () => ['open', false],
};

function wrap<Element extends HTMLElement, Props, Events extends Record<string, (value: never) => void>>(
  tag: Tag,
  name: string,
) {
  const names = [...tag.properties, ...Object.keys(tag.attributes)];
  const component = defineComponent({
    name,
    // Without a default, Vue would make false of a boolean that is not set.
    props: Object.fromEntries(
      names.map((each) => [each, {type: tag.booleans.includes(each) ? Boolean : null, default: undefined}]),
    ),
    emits: [...tag.events.map(eventName), 'update:chatId', 'update:model', 'update:open'],
    setup(props, {emit, expose, slots}) {
      const element = shallowRef<Element | null>(null);
      expose({element});
      const set = (now: object, before: object) => {
        if (element.value) setProps(element.value, tag, {now: {...now}, before: {...before}});
      };
      onMounted(() => {
        set(props, {});
        // Only now: an element that a server has rendered would ask its backend before it knows which.
        defineElements();
      });
      watch(() => ({...props}), set, {flush: 'post'});
      const listeners = Object.fromEntries(
        tag.events.map((type) => [
          `on:${type}`,
          (event: Event) => {
            emit(eventName(type), event);
            const model = models[type]?.(event);
            if (model) emit(`update:${model[0]}`, model[1]);
          },
        ]),
      );
      return () => h(tag.name, {...listeners, ref: element}, slots['default']?.());
    },
  });
  // The names are not known to the compiler here; the types of both elements are.
  return component as unknown as Wrapped<Element, Props, Events>;
}
