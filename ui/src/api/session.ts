/** A browser token for one account, got when needed and once more when it is refused. */

import { toVenueError, unreachable } from "./errors";

export class Session {
  private token: Promise<string> | null = null;

  constructor(
    readonly venue: string,
    readonly account: string,
  ) {}

  /** A token that was good a moment ago. Raises VenueError. */
  current(): Promise<string> {
    this.token ??= this.grant().catch((error: unknown) => {
      this.token = null;
      throw error;
    });
    return this.token;
  }

  renew(): Promise<string> {
    this.token = null;
    return this.current();
  }

  /** fetch with the token; a 401 is answered with one new token and one more try. Raises VenueError. */
  readonly fetch = async (request: Request): Promise<Response> => {
    const again = request.clone();
    const first = await this.sent(request, await this.current());
    return first.status === 401 ? this.sent(again, await this.renew()) : first;
  };

  private async sent(request: Request, token: string): Promise<Response> {
    request.headers.set("Authorization", `Bearer ${token}`);
    try {
      return await fetch(request);
    } catch {
      throw unreachable();
    }
  }

  private async grant(): Promise<string> {
    const body = JSON.stringify({ account: this.account });
    const headers = { "Content-Type": "application/json" };
    let response: Response;
    try {
      response = await fetch(`${this.venue}/sandbox/session`, { method: "POST", headers, body });
    } catch {
      throw unreachable();
    }
    const answer: unknown = await response.json().catch(() => null);
    if (!response.ok) throw toVenueError(response.status, answer);
    return (answer as { token: string }).token;
  }
}

/** Where the WebSocket is, with a token made for this connection. Never fails: without a token the venue refuses. */
export async function socketUrl(session: Session): Promise<string> {
  const token = await session.renew().catch(() => "");
  return `${session.venue.replace(/^http/, "ws")}/trade-api/ws/v2?token=${encodeURIComponent(token)}`;
}
