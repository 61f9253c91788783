import type { PlanningApp } from "../planning-app";
import type { Role } from "../protocol";
import { ROLES } from "../session/roles";
import { strings } from "../strings";
import { useSession } from "./use-app";
import { VoiceMark } from "./voice-mark";

interface PeopleListProps {
  readonly app: PlanningApp;
  readonly changeRole: (clientId: string, role: Role) => void;
  readonly remove: (clientId: string) => void;
}

/** Everybody here; an owner sees to what they may do, and sees them out. */
export function PeopleList({ app, changeRole, remove }: PeopleListProps) {
  const people = useSession(app, (state) => state.people);
  const me = useSession(app, (state) => state.me?.clientId);
  return (
    <section aria-label={strings.invites.people}>
      <h3>{strings.invites.people}</h3>
      <ul className="access-rows">
        {people.map((person, index) => {
          const name = person.display_name || strings.people.guest(index + 1);
          const mine = person.client_id === me;
          return (
            <li key={person.client_id}>
              <span className="who" style={{ "--person": person.colour } as React.CSSProperties}>
                {name} {mine && <span className="soft">({strings.people.you})</span>}
              </span>
              <VoiceMark app={app} clientId={person.client_id} />
              <select
                aria-label={strings.invites.roleOf(name)}
                value={person.role}
                disabled={mine}
                title={strings.roles.may[person.role]}
                onChange={(event) => changeRole(person.client_id, event.target.value as Role)}
              >
                {ROLES.map((role) => (
                  <option key={role} value={role}>
                    {strings.roles.names[role]}
                  </option>
                ))}
              </select>
              <button
                type="button"
                className="button danger"
                aria-label={strings.invites.removeLabel(name)}
                title={strings.invites.removeHint}
                disabled={mine}
                onClick={() => remove(person.client_id)}
              >
                {strings.invites.remove}
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
