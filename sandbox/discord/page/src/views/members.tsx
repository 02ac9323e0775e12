/** Who is in the server, beside the chat. */
import { guild } from "../store";
import { say } from "../texts";
import { Avatar } from "./avatar";
import { menuOfPerson } from "./menu";

export function Members() {
  const here = guild.value;
  if (!here) return null;
  return (
    <aside class="members" aria-label={say("members")}>
      <h2>{say("members")}</h2>
      <ul>
        {here.members.map((one) => (
          <li key={one.id}>
            <button
              type="button"
              onClick={(event) => menuOfPerson(event, one.id, one.name)}
              onContextMenu={(event) => menuOfPerson(event, one.id, one.name)}
            >
              <Avatar name={one.name} id={one.id} />
              <span class="about">
                <span>
                  {one.name} {one.bot ? <span class="badge">APP</span> : null}
                </span>
                <small>
                  {one.id === here.owner_id
                    ? say("owner")
                    : here.roles
                        .filter((role) => one.roles.includes(role.id) && !role.managed)
                        .map((role) => role.name)
                        .join(", ")}
                </small>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </aside>
  );
}
