/** What the translator does not understand: the statement around it becomes a TODO. */
export class Unreadable extends Error {}
