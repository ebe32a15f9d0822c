/** What a key does in a tree (WAI-ARIA tree pattern): moves the focus, or opens or closes the focused branch. Null: not ours. */
export type TreeMove = { focus: number; open?: undefined } | { open: boolean; focus?: undefined };

interface TreeItem {
  id: number;
  parent: number | null;
  children: readonly number[];
}

export function treeMove(
  key: string,
  focused: number,
  visible: readonly TreeItem[],
  closed: ReadonlySet<number>,
): TreeMove | null {
  const at = visible.findIndex((item) => item.id === focused);
  const item = visible[at];
  if (!item) return null;
  const to = (target: TreeItem | undefined): TreeMove => ({ focus: target?.id ?? focused });
  const branch = item.children.length > 0;
  const open = branch && !closed.has(item.id);
  switch (key) {
    case "ArrowDown":
      return to(visible[at + 1]);
    case "ArrowUp":
      return to(visible[at - 1]);
    case "Home":
      return to(visible[0]);
    case "End":
      return to(visible.at(-1));
    case "ArrowRight":
      return open ? { focus: item.children[0]! } : branch ? { open: true } : null;
    case "ArrowLeft":
      return open ? { open: false } : item.parent === null ? null : { focus: item.parent };
    case "Enter":
    case " ":
      return branch ? { open: !open } : null;
    default:
      return null;
  }
}
