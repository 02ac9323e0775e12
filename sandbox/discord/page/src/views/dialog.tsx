/** A modal dialog: the browser's own, with focus kept inside and given back. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  label: string;
  kind: string;
  close: () => void;
  children: ComponentChildren;
  onKeyDown?: (event: KeyboardEvent) => void;
}

export function Dialog({ label, kind, close, children, onKeyDown }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  // At once, or the next key would go to what is behind it.
  useLayoutEffect(() => {
    const before = document.activeElement;
    const dialog = element.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={kind}
      aria-label={label}
      onKeyDown={onKeyDown}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => {
        if (event.target === element.current) close();
      }}
    >
      {children}
    </dialog>
  );
}
