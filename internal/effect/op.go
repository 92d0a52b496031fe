package effect

// Op names what an effect does. Rules look at it. The zero Op is none.
type Op uint16

// String is the operation in PostgreSQL's words; it is stable.
func (o Op) String() string { return opNames[o] }

// Ops is a set of operations. The zero set is empty.
type Ops [4]uint64

// Add puts an operation into the set.
func (s *Ops) Add(o Op) { s[o>>6] |= 1 << (o & 63) }

// OpsOf gives the operations of effects.
func OpsOf(effects []Effect) Ops {
	var s Ops
	for i := range effects {
		s.Add(effects[i].Op)
	}
	return s
}

// Union adds the operations of another set.
func (s *Ops) Union(t Ops) {
	for i := range s {
		s[i] |= t[i]
	}
}

// Meets tells whether the sets have an operation in common.
func (s *Ops) Meets(t *Ops) bool {
	return (s[0]&t[0])|(s[1]&t[1])|(s[2]&t[2])|(s[3]&t[3]) != 0
}

// Has tells whether one of the operations is in the set.
func (s *Ops) Has(ops ...Op) bool {
	for _, o := range ops {
		if s[o>>6]&(1<<(o&63)) != 0 {
			return true
		}
	}
	return false
}

// The operations. More may come; a rule must not rely on having seen all.
const (
	Also    Op = iota + 1 // a relation that is locked besides; see Via
	Unknown               // not modelled: the relations named become uncertain
	Unparsed
	NoTransaction // the server refuses the statement in a transaction block

	CreateTable
	CreateTableAs
	DropTable
	RenameTable
	SetSchema
	Truncate
	LockTable

	AddColumn
	DropColumn
	RenameColumn
	AlterType
	SetNotNull
	DropNotNull
	SetDefault
	DropDefault
	SetExpression
	DropExpression
	SetStatistics
	SetStorage
	SetCompression
	SetColumnOptions
	AddIdentity
	AlterIdentity
	DropIdentity

	AddCheck
	AddNotNull
	AddForeignKey
	AddUnique
	AddPrimaryKey
	AddExclusion
	ValidateConstraint
	DropConstraint
	AlterConstraint
	RenameConstraint

	SetOptions
	SetLogged
	SetUnlogged
	SetTablespace
	SetAccessMethod
	ClusterOn
	ReplicaIdentity
	EnableRLS
	DisableRLS
	ForceRLS
	NoForceRLS
	EnableTrigger
	DisableTrigger
	EnableRule
	SetOf
	NotOf
	Inherit
	NoInherit
	AttachPartition
	DetachPartition
	MergePartitions
	SplitPartition
	ChangeOwner

	CreateIndex
	DropIndex
	RenameIndex
	AttachIndex
	SetIndexOptions
	Reindex
	Cluster
	Vacuum
	VacuumFull
	Analyze
	Repack

	CreateView
	ReplaceView
	DropView
	CreateMatView
	RefreshMatView
	DropMatView
	CreateSequence
	AlterSequence
	DropSequence
	CreateType
	AddEnumValue
	RenameEnumValue
	AlterCompositeType
	RenameType
	DropType
	CreateDomain
	AlterDomain
	CreateSchema
	RenameSchema
	DropSchema
	CreateTrigger
	DropTrigger
	RenameTrigger
	CreateRule
	DropRule
	CreatePolicy
	AlterPolicy
	DropPolicy
	CreateFunction
	AlterFunction
	DropFunction
	RenameFunction
	CreateStatistics
	CreatePublication
	AlterPublication
	CreateExtension
	DropExtension
	UpdateExtension
	DropDatabase
	DropOwned
	Role
	Comment
	SecurityLabel
	DependsOn
	AlterExtension
	CreateSubscription
	AlterSubscription
	DropSubscription
	Grant
	Revoke

	Select
	Insert
	Update
	Delete
	Merged
	CopyTable

	SetSetting
	ResetSetting
	Begin
	Commit
	Rollback
	Savepoint
	Do
	AdvisoryLock
	AdvisoryUnlock
	Call
	Other // modelled: no relation is locked
)

var opNames = [...]string{
	0:                  "",
	Also:               "also",
	Unknown:            "unknown",
	Unparsed:           "unparsed",
	NoTransaction:      "no transaction",
	CreateTable:        "create table",
	CreateTableAs:      "create table as",
	DropTable:          "drop table",
	RenameTable:        "rename table",
	SetSchema:          "set schema",
	Truncate:           "truncate",
	LockTable:          "lock table",
	AddColumn:          "add column",
	DropColumn:         "drop column",
	RenameColumn:       "rename column",
	AlterType:          "alter column type",
	SetNotNull:         "set not null",
	DropNotNull:        "drop not null",
	SetDefault:         "set default",
	DropDefault:        "drop default",
	SetExpression:      "set expression",
	DropExpression:     "drop expression",
	SetStatistics:      "set statistics",
	SetStorage:         "set storage",
	SetCompression:     "set compression",
	SetColumnOptions:   "set column options",
	AddIdentity:        "add identity",
	AlterIdentity:      "alter identity",
	DropIdentity:       "drop identity",
	AddCheck:           "add check",
	AddNotNull:         "add not null constraint",
	AddForeignKey:      "add foreign key",
	AddUnique:          "add unique",
	AddPrimaryKey:      "add primary key",
	AddExclusion:       "add exclusion constraint",
	ValidateConstraint: "validate constraint",
	DropConstraint:     "drop constraint",
	AlterConstraint:    "alter constraint",
	RenameConstraint:   "rename constraint",
	SetOptions:         "set storage parameters",
	SetLogged:          "set logged",
	SetUnlogged:        "set unlogged",
	SetTablespace:      "set tablespace",
	SetAccessMethod:    "set access method",
	ClusterOn:          "cluster on",
	ReplicaIdentity:    "replica identity",
	EnableRLS:          "enable row level security",
	DisableRLS:         "disable row level security",
	ForceRLS:           "force row level security",
	NoForceRLS:         "no force row level security",
	EnableTrigger:      "enable trigger",
	DisableTrigger:     "disable trigger",
	EnableRule:         "enable rule",
	SetOf:              "of",
	NotOf:              "not of",
	Inherit:            "inherit",
	NoInherit:          "no inherit",
	AttachPartition:    "attach partition",
	DetachPartition:    "detach partition",
	MergePartitions:    "merge partitions",
	SplitPartition:     "split partition",
	ChangeOwner:        "owner to",
	CreateIndex:        "create index",
	DropIndex:          "drop index",
	RenameIndex:        "rename index",
	AttachIndex:        "attach index partition",
	SetIndexOptions:    "set index storage parameters",
	Reindex:            "reindex",
	Cluster:            "cluster",
	Vacuum:             "vacuum",
	VacuumFull:         "vacuum full",
	Analyze:            "analyze",
	Repack:             "repack",
	CreateView:         "create view",
	ReplaceView:        "replace view",
	DropView:           "drop view",
	CreateMatView:      "create materialized view",
	RefreshMatView:     "refresh materialized view",
	DropMatView:        "drop materialized view",
	CreateSequence:     "create sequence",
	AlterSequence:      "alter sequence",
	DropSequence:       "drop sequence",
	CreateType:         "create type",
	AddEnumValue:       "add enum value",
	RenameEnumValue:    "rename enum value",
	AlterCompositeType: "alter composite type",
	RenameType:         "rename type",
	DropType:           "drop type",
	CreateDomain:       "create domain",
	AlterDomain:        "alter domain",
	CreateSchema:       "create schema",
	RenameSchema:       "rename schema",
	DropSchema:         "drop schema",
	CreateTrigger:      "create trigger",
	DropTrigger:        "drop trigger",
	RenameTrigger:      "rename trigger",
	CreateRule:         "create rule",
	DropRule:           "drop rule",
	CreatePolicy:       "create policy",
	AlterPolicy:        "alter policy",
	DropPolicy:         "drop policy",
	CreateFunction:     "create function",
	AlterFunction:      "alter function",
	DropFunction:       "drop function",
	RenameFunction:     "rename function",
	CreateStatistics:   "create statistics",
	CreatePublication:  "create publication",
	AlterPublication:   "alter publication",
	CreateExtension:    "create extension",
	DropExtension:      "drop extension",
	UpdateExtension:    "update extension",
	DropDatabase:       "drop database",
	DropOwned:          "drop owned",
	Role:               "role",
	Comment:            "comment",
	SecurityLabel:      "security label",
	DependsOn:          "depends on extension",
	AlterExtension:     "alter extension",
	CreateSubscription: "create subscription",
	AlterSubscription:  "alter subscription",
	DropSubscription:   "drop subscription",
	Grant:              "grant",
	Revoke:             "revoke",
	Select:             "select",
	Insert:             "insert",
	Update:             "update",
	Delete:             "delete",
	Merged:             "merge",
	CopyTable:          "copy",
	SetSetting:         "set",
	ResetSetting:       "reset",
	Begin:              "begin",
	Commit:             "commit",
	Rollback:           "rollback",
	Savepoint:          "savepoint",
	Do:                 "do",
	AdvisoryLock:       "advisory lock",
	AdvisoryUnlock:     "advisory unlock",
	Call:               "call",
	Other:              "other",
}
