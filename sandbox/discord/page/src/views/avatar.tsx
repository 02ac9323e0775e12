/** A round picture with the first letter of a name, in a colour that goes by the id. */
const COLOURS = 8;

export function Avatar({ name, id, small = false }: { name: string; id: string; small?: boolean }) {
  const colour = Number(BigInt(/^\d+$/.test(id) ? id : "0") % BigInt(COLOURS));
  return (
    <span class={`avatar colour-${colour}${small ? " small" : ""}`} aria-hidden="true">
      {Array.from(name)[0]?.toUpperCase() ?? "?"}
    </span>
  );
}
