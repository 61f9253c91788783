// People in the scene by their client id, each made when first seen.
import type { Object3D } from "three";
import type { PersonPose, PersonState } from "../protocol";
import { strings } from "../strings";
import { PersonView } from "./person-view";

export class PersonViews extends Map<string, PersonView> {
  readonly #patient: Object3D;

  /** `patient`: in whose space people are. */
  constructor(patient: Object3D) {
    super();
    this.#patient = patient;
  }

  /** Who can be seen. */
  get shown(): readonly string[] {
    return [...this].filter(([, view]) => view.group.visible).map(([id]) => id);
  }

  /** Shows somebody where they are; null where they are not seen. */
  show(person: Pick<PersonState, "client_id" | "display_name" | "device" | "colour">, pose: PersonPose | null): void {
    const known = this.get(person.client_id);
    if (known || pose) (known ?? this.#made(person)).show(pose);
  }

  #made(person: Parameters<PersonViews["show"]>[0]): PersonView {
    const view = new PersonView(person, person.display_name || strings.people.someone);
    this.set(person.client_id, view);
    this.#patient.add(view.group);
    return view;
  }
}
