package effect

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// createSubscription models CREATE SUBSCRIPTION. It makes a replication slot at
// the other end unless told not to, which cannot be undone and so is refused in
// a transaction block (CreateSubscription, subscriptioncmds.c).
func (o *of) createSubscription(n *pg_query.CreateSubscriptionStmt) {
	connect := optionBool(n.Options, "connect", true)
	if optionBool(n.Options, "create_slot", connect) {
		o.noTransaction("CREATE SUBSCRIPTION … WITH (create_slot = true)")
	}
	sub := catalog.Object{Kind: "subscription", Name: catalog.Name{Name: n.Subname}, NoSlot: noSlot(n.Options),
		Disabled: !optionBool(n.Options, "enabled", connect)}
	o.add(Effect{Op: CreateSubscription, Object: n.Subname, Span: o.span(), Change: func(c *catalog.Catalog) { c.AddObject(sub) }})
}

// alterSubscription models ALTER SUBSCRIPTION. What asks the publisher for its
// tables is refused in a transaction block from 14 on, the options that change
// the slot there from 17 on (AlterSubscription, subscriptioncmds.c).
func (o *of) alterSubscription(n *pg_query.AlterSubscriptionStmt) {
	name := catalog.Name{Name: n.Subname}
	next := catalog.Object{Kind: "subscription", Name: name}
	if old := o.c.Object("subscription", name); old != nil {
		next = *old
	}
	switch n.Kind {
	case pg_query.AlterSubscriptionType_ALTER_SUBSCRIPTION_REFRESH:
		if o.pg >= 14 && !next.Disabled {
			o.noTransaction("ALTER SUBSCRIPTION … REFRESH")
		}
	case pg_query.AlterSubscriptionType_ALTER_SUBSCRIPTION_SET_PUBLICATION, pg_query.AlterSubscriptionType_ALTER_SUBSCRIPTION_ADD_PUBLICATION,
		pg_query.AlterSubscriptionType_ALTER_SUBSCRIPTION_DROP_PUBLICATION:
		if o.pg >= 14 && optionBool(n.Options, "refresh", true) && !next.Disabled {
			o.noTransaction("ALTER SUBSCRIPTION with refresh")
		}
	case pg_query.AlterSubscriptionType_ALTER_SUBSCRIPTION_ENABLED:
		next.Disabled = !optionBool(n.Options, "enabled", true)
	case pg_query.AlterSubscriptionType_ALTER_SUBSCRIPTION_OPTIONS:
		if option(n.Options, "slot_name") != nil {
			next.NoSlot = noSlot(n.Options)
		}
		if o.pg >= 17 && option(n.Options, "failover") != nil {
			o.noTransaction("ALTER SUBSCRIPTION … SET (failover)")
		}
		if o.pg >= 18 && !optionBool(n.Options, "two_phase", true) { // on, it is the subscriber's alone at first
			o.noTransaction("ALTER SUBSCRIPTION … SET (two_phase)")
		}
	}
	o.add(Effect{Op: AlterSubscription, Object: n.Subname, Span: o.span(), Change: func(c *catalog.Catalog) { c.AddObject(next) }})
}

// dropSubscription models DROP SUBSCRIPTION: refused in a transaction block as
// long as the subscription has a slot at the other end.
func (o *of) dropSubscription(n *pg_query.DropSubscriptionStmt) {
	name := catalog.Name{Name: n.Subname}
	old := o.c.Object("subscription", name)
	missing := old == nil && n.MissingOk && o.c.Whole("")
	if !missing && (old == nil || !old.NoSlot) {
		o.noTransaction("DROP SUBSCRIPTION")
	}
	o.add(Effect{Op: DropSubscription, Object: n.Subname, Span: o.span(), NoOp: missing, Detail: Detail{IfExists: n.MissingOk},
		Change: func(c *catalog.Catalog) { c.DropObject("subscription", name) }})
}

// optionBool reads an option that is true or false.
func optionBool(opts []*pg_query.Node, name string, missing bool) bool {
	d := option(opts, name)
	if d == nil {
		return missing
	}
	return boolOf(d.Arg)
}

// noSlot tells whether the options say slot_name = NONE.
func noSlot(opts []*pg_query.Node) bool {
	d := option(opts, "slot_name")
	return d != nil && optionText(d.Arg) == "none"
}
