'use client';
/**
 * `<chatlet-chat>` and `<chatlet-launcher>` as components of React 18 and 19, also if a server has rendered them. React sets
 * what it knows of a custom element as attributes, and of a hydrated one nothing; these components set its properties and
 * listen to its events themselves.
 */
import {
  createElement,
  forwardRef,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useSyncExternalStore,
} from 'react';
import type {ForwardRefExoticComponent, HTMLAttributes, PropsWithoutRef, RefAttributes} from 'react';
import type {ChatletChat, ChatletLauncher, ChatState, ChatStore} from '@chatlet/widget';
import {chatTag, defineElements, eventName, launcherTag, setProps} from '@chatlet/widget/wrapping';
import type {
  ChatEvents,
  ChatProps as ChatElementProps,
  EventName,
  LauncherEvents,
  LauncherProps as LauncherElementProps,
  Tag,
} from '@chatlet/widget/wrapping';

/** `chatlet-answered` → `onAnswered` */
type Handlers<Events> = {
  readonly [Name in keyof Events & string as `on${Capitalize<EventName<Name>>}`]?:
    | ((event: Events[Name]) => void)
    | undefined;
};
type WithHtml<Props> = Props & Omit<HTMLAttributes<HTMLElement>, keyof Props>;

/** The elements, which are what refs hold. */
export type {ChatletChat, ChatletLauncher};

/** Properties of `<chatlet-chat>`, its events as `onAnswered` and so on, and what React takes for any tag. */
export type ChatProps = WithHtml<ChatElementProps & Handlers<ChatEvents>>;
/** As `ChatProps`, of `<chatlet-launcher>`. */
export type LauncherProps = WithHtml<LauncherElementProps & Handlers<LauncherEvents>>;

/** A chat that fills its box. Its ref is the element, with all methods. */
export const Chat: ForwardRefExoticComponent<ChatProps & RefAttributes<ChatletChat>> = wrap(chatTag, 'Chat');

/** A button in the corner that opens a chat. Its ref is the element, with all methods. */
export const Launcher: ForwardRefExoticComponent<LauncherProps & RefAttributes<ChatletLauncher>> = wrap(
  launcherTag,
  'Launcher',
);

/** The state of a store, for an interface of one's own. Renders again after each change of the store. */
export function useChat(store: ChatStore): ChatState {
  const subscribe = useCallback((listener: () => void) => store.subscribe(listener), [store]);
  const getState = () => store.getState();
  return useSyncExternalStore(subscribe, getState, getState);
}

/** On a server React 18 warns of layout effects. */
const useEffectBeforePaint = typeof document === 'undefined' ? useEffect : useLayoutEffect;

type AnyProps = Readonly<Record<string, unknown>>;

function wrap<Element extends HTMLElement, Props extends object>(
  tag: Tag,
  displayName: string,
): ForwardRefExoticComponent<PropsWithoutRef<Props> & RefAttributes<Element>> {
  const handlers = tag.events.map((type) => {
    const name = eventName(type);
    return {type, prop: `on${name.charAt(0).toUpperCase()}${name.slice(1)}`};
  });
  const own = new Set([...tag.properties, ...Object.keys(tag.attributes), ...handlers.map(({prop}) => prop)]);

  const Component = forwardRef<Element, Props>((props, ref) => {
    const element = useRef<Element | null>(null);
    const rendered = useRef<AnyProps>({});

    useEffectBeforePaint(() => {
      const now: AnyProps = Object.fromEntries(Object.entries(props));
      if (element.current) setProps(element.current, tag, {now, before: rendered.current});
      rendered.current = now;
      // Only now: an element that a server has rendered would ask its backend before it knows which.
      defineElements();
    });

    useEffectBeforePaint(() => {
      const {current} = element;
      const removals = handlers.map(({type, prop}) => {
        const listen = (event: Event) => {
          const handler = rendered.current[prop];
          if (typeof handler === 'function') handler(event);
        };
        current?.addEventListener(type, listen);
        return () => current?.removeEventListener(type, listen);
      });
      return () => removals.forEach((remove) => remove());
    }, []);

    // After the elements are defined, so that the parent finds the methods.
    useImperativeHandle<Element | null, Element | null>(ref, () => element.current, []);

    const {className, ...html} = Object.fromEntries(Object.entries(props).filter(([name]) => !own.has(name)));
    // React 18 would write an attribute `classname`.
    return createElement(tag.name, {...html, class: className, ref: element});
  });
  return Object.assign(Component, {displayName});
}
